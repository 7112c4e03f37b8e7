import { type FastifyReply, sendJson } from '@leman/foundation';
import { readJobs } from '../jobs/read-jobs.ts';
import type { Caller } from './authenticate.ts';
import { forbidden, notFound } from './fts-error.ts';
import type { Service } from './service.ts';

type Json = Record<string, unknown>;

/** Ids of a comma-separated path part. */
export const idsOf = (text: string) =>
  text
    .split(',')
    .map((id) => id.trim())
    .filter(Boolean);

/** Jobs the caller may see, in the order asked, each with FTS's literal `http_status`. */
export const jobsFor = async (service: Service, caller: Caller, ids: readonly string[]): Promise<Json[]> => {
  const found = new Map(
    (await readJobs(service.sql, ids, service.host)).map((job) => [job.job_id as string, job]),
  );
  return ids.map((id) => {
    const job = found.get(id.toLowerCase());
    if (!job)
      return {
        job_id: id,
        http_status: '404 Not Found',
        http_message: `No job with the id "${id}" has been found`,
      };
    if (!caller.admin && job.user_dn !== caller.user_dn) {
      return {
        job_id: id,
        http_status: '403 Forbidden',
        http_message: `The job "${id}" belongs to somebody else`,
      };
    }
    return { ...job, http_status: '200 Ok' };
  });
};

/** One job of the caller. @throws NotFound 404, AccessDenied 403 */
export const oneJob = async (service: Service, caller: Caller, id: string): Promise<Json> => {
  const [job] = await jobsFor(service, caller, [id]);
  if (job?.http_status === '404 Not Found') throw notFound(String(job.http_message));
  if (job?.http_status === '403 Forbidden') throw forbidden(String(job.http_message));
  return job!;
};

/** One asked: the object or its error; many: the list, 207 when any of them failed. */
export const sendJobs = (
  reply: FastifyReply,
  asked: readonly string[],
  jobs: readonly Json[],
): FastifyReply => {
  if (asked.length === 1) {
    const job = jobs[0]!;
    if (job.http_status === '404 Not Found') throw notFound(String(job.http_message));
    if (job.http_status === '403 Forbidden') throw forbidden(String(job.http_message));
    return sendJson(reply, job);
  }
  const failed = jobs.some(
    (job) => job.http_status === '404 Not Found' || job.http_status === '403 Forbidden',
  );
  // The client of the field joins the messages of all jobs of a 207, those that went well too.
  return failed
    ? sendJson(
        reply,
        jobs.map((job) => ({ http_message: '', ...job })),
        207,
      )
    : sendJson(reply, jobs);
};

/** The given fields of a document. */
export const chosen = (document: Json, fields: readonly string[]): Json =>
  Object.fromEntries(
    fields.filter((name) => Object.hasOwn(document, name)).map((name) => [name, document[name]]),
  );
