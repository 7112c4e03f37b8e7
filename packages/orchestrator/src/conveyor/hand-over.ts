import { randomUUID } from 'node:crypto';
import type { Lake } from '../lake.ts';
import { type Batch, jobOf } from './build-jobs.ts';
import { LEASE_MS } from './claim-requests.ts';
import { type Deferral, deferRequests } from './defer-requests.ts';
import { type FtsClient, FtsError } from './fts-client.ts';
import { deterministicJobId } from './job-id.ts';
import { type Handover, markPrepared, markSubmitted } from './mark-submitted.ts';
import { refuseRequests } from './refuse-requests.ts';

const AT_ONCE = 4;

const identities = new WeakMap<FtsClient, Promise<{ vos: string[]; base_id: string }>>();

/** Who the transfer service takes us for; asked once per process. */
const identity = (client: FtsClient) => {
  let known = identities.get(client);
  if (!known) {
    known = client.whoami();
    identities.set(client, known);
    known.catch(() => identities.delete(client));
  }
  return known;
};

const ids = (batch: Batch) => batch.assignments.map((assignment) => assignment.request.id);

/** Whether the refusal is about this job rather than about us or the service. */
const isAboutTheJob = (error: FtsError): boolean =>
  error.status === 400 || error.status === 413 || error.status === 422;

const halves = ({ assignments }: Batch): Batch[] => {
  const middle = Math.ceil(assignments.length / 2);
  return [assignments.slice(0, middle), assignments.slice(middle)].map((part) => ({
    sid: randomUUID(),
    assignments: part,
  }));
};

/**
 * Hands jobs over to the transfer service. The job id is stored before the job goes out, so a job whose answer is lost
 * is found again by the poller. A job that is refused for what is in it is cut in halves until the file is found;
 * when the service does not answer, its files wait. `claimedAt`: when the files were claimed, milliseconds since 1970;
 * jobs that cannot go in half the time of a claim are given back.
 */
export const handOver = async (
  lake: Lake,
  client: FtsClient,
  batches: readonly Batch[],
  claimedAt: number,
): Promise<void> => {
  const { sql } = lake;
  const date = () => new Date(lake.clock.now());
  const lastHandover = claimedAt + LEASE_MS / 2;
  const putBack = async (requestIds: readonly string[], error: unknown) => {
    const detail = error instanceof Error ? error.message : String(error);
    const back = requestIds.map(
      (id): Deferral => ({ id, state: 'Q', reason: 'SUBMISSION_FAILED', facts: { detail } }),
    );
    await deferRequests(sql, back, date());
  };
  let who: Awaited<ReturnType<typeof identity>>;
  try {
    who = await identity(client);
  } catch (error) {
    await putBack(batches.flatMap(ids), error);
    return;
  }
  const handoverOf = (batch: Batch): Handover => ({
    assignments: batch.assignments,
    jobId: deterministicJobId(who.base_id, who.vos[0]!, batch.sid),
    host: client.url,
    transfertool: 'fts3',
  });

  const one = async (batch: Batch, handover: Handover): Promise<void> => {
    // Behind a slow service the claim would end before the answer, and another job be made for the same files.
    if (lake.clock.now() > lastHandover)
      return await putBack(ids(batch), new Error('the transfer service takes jobs too slowly'));
    try {
      const given = await client.submit(jobOf(lake, batch));
      if (given && given !== handover.jobId) {
        // The service names jobs by its own rule: keep its name, or nobody could ask for the job.
        await sql`update requests set external_id = ${given} where id = any(${ids(batch)}::uuid[]) and external_id = ${handover.jobId}`;
        await markSubmitted(sql, [{ ...handover, jobId: given }], date());
      } else await markSubmitted(sql, [handover], date());
    } catch (error) {
      if (!(error instanceof FtsError)) throw error;
      lake.log.warn(
        { job: handover.jobId, files: batch.assignments.length, err: error.message },
        'a job was not taken',
      );
      // Not known whether it arrived: the poller asks for it when the claim ends.
      if (error.status < 0 || (error.status >= 500 && error.status !== 503)) return;
      if (!isAboutTheJob(error)) return await putBack(ids(batch), error);
      if (batch.assignments.length === 1) {
        await refuseRequests(sql, ids(batch), error.message, date());
        lake.wakeups.wake('conveyor-finisher');
        return;
      }
      await sql`update requests set external_id = null where id = any(${ids(batch)}::uuid[]) and external_id = ${handover.jobId} and state = 'G'`;
      await all(halves(batch));
    }
  };

  const all = async (wanted: readonly Batch[]): Promise<void> => {
    const prepared = wanted.map((batch) => ({ batch, handover: handoverOf(batch) }));
    const ours = await markPrepared(
      sql,
      prepared.map((entry) => entry.handover),
      date(),
    );
    const ready = prepared.flatMap(({ batch, handover }) => {
      const assignments = batch.assignments.filter((assignment) => ours.has(assignment.request.id));
      return assignments.length === 0
        ? []
        : [{ batch: { ...batch, assignments }, handover: { ...handover, assignments } }];
    });
    const queue = ready.values();
    const worker = async () => {
      for (const { batch, handover } of queue) await one(batch, handover);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  };
  await all(batches);
};
