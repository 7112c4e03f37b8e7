import { fail } from '@leman/contracts';
import { sendJson } from '@leman/foundation';
import { parseSubmission } from '../jobs/parse-submission.ts';
import { readFiles } from '../jobs/read-files.ts';
import { listJobs } from '../jobs/read-jobs.ts';
import { submitJob } from '../jobs/submit-job.ts';
import { chosen, idsOf, jobsFor, oneJob, sendJobs } from './answer-jobs.ts';
import { badRequest, forbidden, notFound } from './fts-error.ts';
import { query, readBody, timeWindow } from './read-body.ts';
import type { AddRoutes } from './service.ts';

const LIST_LIMIT = 500;
const ENDED = new Set(['FINISHED', 'FAILED', 'FINISHEDDIRTY', 'CANCELED']);

/** `/jobs` and `/files`: submission and state. */
export const jobRoutes: AddRoutes = (server, service) => {
  const { sql, scheduler, config, clock } = service;

  server.route({
    method: ['POST', 'PUT'],
    url: '/jobs',
    handler: async (request, reply) => {
      const caller = await service.authenticate(request);
      const body = readBody(request);
      if ('delete' in body)
        throw fail('MethodNotAllowed', 'Jobs that delete are no longer supported. Delete at the storage.');
      const job = parseSubmission(body, caller, config);
      const banned = job.files.find(
        (file) => service.settings.refuses(file.source_se) || service.settings.refuses(file.dest_se),
      );
      if (banned)
        throw forbidden(
          `${service.settings.refuses(banned.source_se) ? banned.source_se : banned.dest_se} is banned here at the moment.`,
        );
      const entries = await submitJob(
        sql,
        service.seal,
        caller,
        job,
        new Date(clock.now()),
        config.maxQueueSeconds,
      );
      scheduler.enqueue(entries);
      return sendJson(reply, { job_id: job.job_id });
    },
  });

  server.get('/jobs', async (request, reply) => {
    const caller = await service.authenticate(request);
    const seconds = timeWindow(query(request, 'time_window'));
    const asked = query(request, 'limit');
    const limit = asked === undefined ? LIST_LIMIT : Number(asked);
    if (!Number.isInteger(limit) || limit < 0 || limit > LIST_LIMIT)
      throw badRequest(`limit must be from 0 to ${LIST_LIMIT}.`);
    const states = query(request, 'state_in')
      ?.split(',')
      .map((state) => state.trim().toUpperCase());
    const bounded = asked !== undefined || seconds !== undefined;
    const jobs = await listJobs(
      sql,
      {
        user_dn: query(request, 'user_dn'),
        vo_name: query(request, 'vo_name'),
        dlg_id: query(request, 'dlg_id'),
        // Ended jobs only with a bound, as in the original.
        states: states && !bounded ? states.filter((state) => !ENDED.has(state)) : states,
        source_se: query(request, 'source_se'),
        dest_se: query(request, 'dest_se'),
        seconds,
        limit,
      },
      caller,
      service.host,
    );
    const fields = query(request, 'fields')?.split(',');
    return sendJson(reply, fields ? jobs.map((job) => chosen(job, fields)) : jobs);
  });

  server.get<{ Params: { ids: string } }>('/jobs/:ids', async (request, reply) => {
    const caller = await service.authenticate(request);
    const ids = idsOf(request.params.ids);
    const jobs = await jobsFor(service, caller, ids);
    const fields = query(request, 'files')
      ?.split(',')
      .map((name) => name.trim());
    if (fields) {
      const seen = jobs.filter((job) => job.http_status === '200 Ok');
      const files = await readFiles(
        sql,
        scheduler,
        { jobIds: seen.map((job) => job.job_id as string) },
        { host: service.host, attempts: fields.includes('attempts') },
      );
      const byJob = Map.groupBy(files, (file) => file.job_id);
      for (const job of seen) job.files = (byJob.get(job.job_id) ?? []).map((file) => chosen(file, fields));
    }
    return sendJobs(reply, ids, jobs);
  });

  server.get<{ Params: { ids: string } }>('/jobs/:ids/files', async (request, reply) => {
    const caller = await service.authenticate(request);
    const job = await oneJob(service, caller, request.params.ids);
    return sendJson(
      reply,
      await readFiles(
        sql,
        scheduler,
        { jobIds: [job.job_id as string] },
        { host: service.host, attempts: true },
      ),
    );
  });

  server.get<{ Params: { ids: string } }>('/jobs/:ids/dm', async (request, reply) => {
    await oneJob(service, await service.authenticate(request), request.params.ids);
    return sendJson(reply, []);
  });

  server.get<{ Params: { ids: string; fid: string } }>(
    '/jobs/:ids/files/:fid/retries',
    async (request, reply) => {
      const caller = await service.authenticate(request);
      const job = await oneJob(service, caller, request.params.ids);
      const files = await readFiles(
        sql,
        scheduler,
        { jobIds: [job.job_id as string] },
        { host: service.host, attempts: true },
      );
      const file = files.find((one) => String(one.file_id) === request.params.fid);
      if (!file) throw notFound(`No file with the id "${request.params.fid}" has been found`);
      const tried = (
        file.attempts as { attempt: number; state: string; ended_at: string | null; reason: string | null }[]
      ).filter((one) => one.state === 'FAILED' || one.state === 'LOST');
      return sendJson(
        reply,
        tried.map((one) => ({
          file_id: file.file_id,
          attempt: one.attempt,
          datetime: one.ended_at?.slice(0, 19) ?? null,
          reason: one.reason,
          transfer_host: service.host,
          log_file: null,
        })),
      );
    },
  );

  server.get<{ Params: { ids: string; field: string } }>('/jobs/:ids/:field', async (request, reply) => {
    const caller = await service.authenticate(request);
    const job = await oneJob(service, caller, request.params.ids);
    if (!Object.hasOwn(job, request.params.field)) throw notFound('No such field');
    return sendJson(reply, job[request.params.field]);
  });

  server.get('/files', async (request, reply) => {
    const caller = await service.authenticate(request);
    const files = await readFiles(
      sql,
      scheduler,
      {
        filter: {
          userDn: caller.admin ? undefined : caller.user_dn,
          voName: query(request, 'vo_name'),
          states: query(request, 'state_in')?.split(',') ?? ['SUBMITTED', 'ACTIVE'],
          sourceSe: query(request, 'source_se'),
          destSe: query(request, 'dest_se'),
          destSurl: query(request, 'dest_surl'),
          seconds: timeWindow(query(request, 'time_window')),
          limit: 1000,
        },
      },
      { host: service.host, attempts: false },
    );
    return sendJson(reply, files);
  });
};
