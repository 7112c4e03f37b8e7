import { randomUUID } from 'node:crypto';
import type { DaemonDefinition } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { rseDirectory } from '../rses/rse-directory.ts';
import { type Assignment, assign, groupIntoBatches } from './build-jobs.ts';
import { claimRequests } from './claim-requests.ts';
import { conveyorSettings } from './conveyor-settings.ts';
import { type Deferral, deferRequests } from './defer-requests.ts';
import { ftsClient } from './fts-client.ts';
import { handOver } from './hand-over.ts';
import { announceSubmitted, markPrepared } from './mark-submitted.ts';
import { routeRequests } from './route-requests.ts';

const POLL_MS = 5_000;
const BATCH = 1_000;

/**
 * Claims due requests, chooses their sources, and hands them to the transfer service in jobs; what cannot go now is
 * given back with its reason. Any number may run.
 */
export const conveyorSubmitter = (lake: Lake): DaemonDefinition => ({
  name: 'conveyor-submitter',
  wakeOn: ['conveyor-submitter'],
  pollMs: POLL_MS,
  async batch({ now }) {
    const [directory, settings] = await Promise.all([rseDirectory(lake), conveyorSettings(lake)]);
    const date = new Date(now);
    const claimed = await claimRequests(
      lake.sql,
      directory.all.map((rse) => rse.id),
      BATCH,
      date,
    );
    if (claimed.length === 0) return 0;
    const routed = await routeRequests(lake.sql, directory, claimed);
    const client = ftsClient(lake);
    const deferred: Deferral[] = routed.deferred;
    const real: Assignment[] = [];
    const mock: Assignment[] = [];
    for (const { request, chosen, destination } of routed.routed) {
      const isMock = chosen.link.destination.scheme === 'mock';
      if (isMock && settings.mock) mock.push(assign(request, chosen, destination));
      else if (client && !isMock) real.push(assign(request, chosen, destination));
      else {
        const detail = isMock
          ? 'storages of scheme mock need the mock transfer tool (PUT /config/conveyor/transfertool/mock)'
          : 'no transfer service is configured';
        deferred.push({ id: request.id, state: 'Q', reason: 'SUBMISSION_FAILED', facts: { detail } });
      }
    }
    await deferRequests(lake.sql, deferred, date);
    if (mock.length > 0) {
      const handovers = groupIntoBatches(mock).map(({ assignments }) => ({
        assignments,
        jobId: randomUUID(),
        host: 'mock',
        transfertool: 'mock' as const,
      }));
      await markPrepared(lake.sql, handovers, date, true);
      await announceSubmitted(lake.sql, handovers, date);
      lake.wakeups.wake('conveyor-poller');
    }
    if (client && real.length > 0) await handOver(lake, client, groupIntoBatches(real), now);
    lake.wakeups.wake('hermes');
    return claimed.length;
  },
});
