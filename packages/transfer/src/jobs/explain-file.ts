import { type FileExplanation, sayReason } from '@leman/contracts';
import type { Sql } from '@leman/foundation';
import type { Scheduler } from '../scheduler/scheduler.ts';
import { readFiles } from './read-files.ts';

/**
 * Why a file is where it is: its state, the reason with its facts and in words, since when it waits, every attempt.
 * `owner`: the user of its job. Undefined when there is no such file.
 */
export const explainFile = async (
  sql: Sql,
  scheduler: Scheduler,
  fileId: number,
  host: string,
): Promise<{ owner: string; explanation: FileExplanation } | undefined> => {
  const [job] = await sql<{ user_dn: string }[]>`
    select j.user_dn from files f join jobs j using (job_id) where f.file_id = ${fileId}`;
  const files = await readFiles(sql, scheduler, { fileId }, { host, attempts: true });
  const [file] = files as Omit<FileExplanation, 'explanation'>[];
  if (!job || !file) return undefined;
  const code = file.reason_code;
  return {
    owner: job.user_dn,
    explanation: {
      file_id: file.file_id,
      job_id: file.job_id,
      file_state: file.file_state,
      reason_code: code,
      reason_facts: file.reason_facts,
      explanation: code ? sayReason(code, file.reason_facts as never) : null,
      waiting_since: file.waiting_since,
      attempts: file.attempts,
    },
  };
};
