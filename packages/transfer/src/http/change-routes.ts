import { sendJson } from '@leman/foundation';
import { cancelFiles } from '../jobs/cancel-files.ts';
import { changePriority } from '../jobs/change-priority.ts';
import { readFiles } from '../jobs/read-files.ts';
import { idsOf, jobsFor, oneJob, sendJobs } from './answer-jobs.ts';
import { badRequest } from './fts-error.ts';
import { readBody } from './read-body.ts';
import type { AddRoutes } from './service.ts';

/** `/jobs`: priority and cancellation. */
export const changeRoutes: AddRoutes = (server, service) => {
  const { sql, scheduler } = service;

  server.post<{ Params: { ids: string } }>('/jobs/:ids', async (request, reply) => {
    const caller = await service.authenticate(request);
    const ids = idsOf(request.params.ids);
    const { params } = readBody(request) as { params?: { priority?: unknown } };
    const priority = Number(params?.priority);
    if (!Number.isInteger(priority))
      throw badRequest('Only the priority of a job can be changed. Send {"params": {"priority": 1..5}}.');
    const jobs = await jobsFor(service, caller, ids);
    const open = jobs.filter((job) => job.http_status === '200 Ok' && !job.job_finished);
    for (const job of jobs) {
      if (job.http_status === '200 Ok' && job.job_finished)
        Object.assign(job, {
          http_status: '304 Not Modified',
          http_message: `The job is in a terminal state (${job.job_state})`,
        });
    }
    const level = Math.min(5, Math.max(1, priority));
    const entries = await changePriority(
      sql,
      open.map((job) => job.job_id as string),
      level,
    );
    scheduler.queues.remove(new Set(entries.map((entry) => entry.fileId)));
    scheduler.enqueue(entries);
    for (const job of open) job.priority = level;
    return sendJobs(reply, ids, jobs);
  });

  server.delete<{ Params: { ids: string } }>('/jobs/:ids', async (request, reply) => {
    const caller = await service.authenticate(request);
    const ids = idsOf(request.params.ids);
    const jobs = await jobsFor(service, caller, ids);
    const open = jobs
      .filter((job) => job.http_status === '200 Ok' && !job.job_finished)
      .map((job) => job.job_id as string);
    if (open.length) {
      const canceled = await scheduler.ledger.run(async (tx, now) => {
        const done = await cancelFiles(tx, { jobIds: open }, caller.user_dn, now);
        return { value: done, events: done.events };
      });
      scheduler.cancel(canceled.fileIds);
      const fresh = await jobsFor(service, caller, ids);
      return sendJobs(reply, ids, fresh);
    }
    return sendJobs(reply, ids, jobs);
  });

  server.delete<{ Params: { ids: string; fids: string } }>(
    '/jobs/:ids/files/:fids',
    async (request, reply) => {
      const caller = await service.authenticate(request);
      const job = await oneJob(service, caller, request.params.ids);
      if (job.job_type !== 'N')
        throw badRequest(
          'Files can only be canceled in jobs without reuse, hops and alternatives. Cancel the job.',
        );
      const asked = idsOf(request.params.fids).map(Number);
      if (asked.some((id) => !Number.isSafeInteger(id))) throw badRequest('File ids are numbers.');
      const jobId = job.job_id as string;
      const canceled = await scheduler.ledger.run(async (tx, now) => {
        const done = await cancelFiles(tx, { jobIds: [jobId], fileIds: asked }, caller.user_dn, now);
        return { value: done, events: done.events };
      });
      scheduler.cancel(canceled.fileIds);
      const states = new Map(
        (await readFiles(sql, scheduler, { jobIds: [jobId] }, { host: service.host, attempts: false })).map(
          (file) => [file.file_id, file.file_state],
        ),
      );
      const answers = asked.map((id) => states.get(id) ?? 'File does not belong to the job');
      return sendJson(reply, answers.length === 1 ? answers[0] : answers);
    },
  );
};
