import type { DaemonDefinition } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { emit } from '../messages/emit.ts';
import { archiveRequests } from '../requests/archive-requests.ts';
import { rseDirectory } from '../rses/rse-directory.ts';
import { claimEnded, type EndedRequest } from './claim-ended.ts';
import { conveyorSettings } from './conveyor-settings.ts';
import { settleDone } from './settle-done.ts';
import { settleFailed } from './settle-failed.ts';
import { transferPayload } from './transfer-payload.ts';

const POLL_MS = 5_000;
const BATCH = 1_000;

/** Settles ended attempts: history, replicas, locks, rules, counters and events in one transaction per batch. */
export const conveyorFinisher = (lake: Lake): DaemonDefinition => ({
  name: 'conveyor-finisher',
  wakeOn: ['conveyor-finisher'],
  pollMs: POLL_MS,
  async batch({ now }) {
    const [directory, settings] = await Promise.all([rseDirectory(lake), conveyorSettings(lake)]);
    const date = new Date(now);
    const nameOf = (id: string | null) => (id ? (directory.byId.get(id)?.rse ?? null) : null);
    const event = (request: EndedRequest) => ({
      type: request.state === 'D' ? 'transfer-done' : 'transfer-failed',
      payload: transferPayload({
        ...request,
        source_rse: nameOf(request.source_rse_id),
        dest_rse: nameOf(request.dest_rse_id),
        reason: request.state === 'D' ? null : (request.err_msg ?? request.reason),
      }),
    });
    const { handled, wake } = await lake.sql.begin(async (tx) => {
      const ended = await claimEnded(tx, BATCH);
      await archiveRequests(
        tx,
        ended.map((request) => request.id),
        date,
      );
      const done = await settleDone(
        tx,
        ended.filter((request) => request.state === 'D'),
        date,
      );
      const failed = await settleFailed(
        tx,
        ended.filter((request) => request.state !== 'D'),
        settings,
        date,
      );
      await emit(tx, ended.map(event));
      return { handled: ended.length, wake: [...done.wake, ...failed.wake] };
    });
    if (handled > 0) for (const channel of new Set([...wake, 'hermes'])) lake.wakeups.wake(channel);
    return handled;
  },
});
