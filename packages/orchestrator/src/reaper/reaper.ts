import type { DaemonDefinition } from '@leman/foundation';
import { openProtocols, type Protocols } from '@leman/protocols';
import type { Lake } from '../lake.ts';
import { type Rse, rseDirectory } from '../rses/rse-directory.ts';
import { claimDeletable, confirmDeletable } from './claim-deletable.ts';
import { deleteFiles } from './delete-files.ts';
import { deletionTargets } from './deletion-targets.ts';
import { giveBack } from './give-back.ts';
import { settleDeletions } from './settle-deletions.ts';
import { createMassDeletionCheck } from './stop-mass-deletion.ts';
import { storagesWithWork } from './storages-with-work.ts';

const POLL_MS = 5_000;
const LANES = 16;
const PER_CLAIM = 1_000;
/** A lane with nothing to do, or an error, rests that long. */
const REST_MS = 5_000;
/**
 * No deletion begins later than that after its claim. With the time for the answer it stays below AFTER_DELETION_MS of
 * the locks, before which no copy that is asked for meanwhile is made anew: no late deletion takes a new copy.
 */
const BEGIN_WITHIN_MS = 30_000;
/** A storage where nothing at all could be deleted rests longer each time. */
const FIRST_PAUSE_MS = 15_000;
const LAST_PAUSE_MS = 600_000;

/**
 * Deletes what may go, each storage in a lane of its own: a slow or broken one holds up no other. Any number may run.
 */
export const reaper = (lake: Lake): DaemonDefinition => {
  const lanes = new Map<string, Promise<number>>();
  const restUntil = new Map<string, number>();
  const pauses = new Map<string, number>();
  const isMassDeletion = createMassDeletionCheck(lake, PER_CLAIM);
  let protocols: Protocols | undefined;

  const once = async (rse: Rse, signal: AbortSignal): Promise<number> => {
    const { sql } = lake;
    const date = () => new Date(lake.clock.now());
    const directory = await rseDirectory(lake);
    const [target] = await deletionTargets(sql, directory, [rse]);
    if (await isMassDeletion(target!, date())) {
      lake.wakeups.wake('rses');
      return 0;
    }
    const claimedAt = lake.clock.now();
    const claimed = await claimDeletable(sql, target!, PER_CLAIM, date());
    const doomed = await confirmDeletable(sql, rse.id, claimed, date());
    if (doomed.length === 0) return 0;
    protocols ??= openProtocols({ ca: lake.settings.ca });
    const deletions = await deleteFiles(lake, protocols, rse, doomed, {
      signal,
      until: claimedAt + BEGIN_WITHIN_MS,
    });
    const tried = new Set(deletions.map((deletion) => deletion.file));
    const untouched = doomed.filter((file) => !tried.has(file));
    for (const channel of await giveBack(sql, rse.id, untouched, date())) lake.wakeups.wake(channel);
    if (deletions.some((deletion) => deletion.outcome)) pauses.delete(rse.id);
    else {
      const pause = Math.min((pauses.get(rse.id) ?? FIRST_PAUSE_MS / 2) * 2, LAST_PAUSE_MS);
      pauses.set(rse.id, pause);
      restUntil.set(rse.id, performance.now() + pause);
    }
    const { dids } = await settleDeletions(sql, rse, deletions, date());
    lake.wakeups.wake('hermes');
    if (dids > 0) lake.wakeups.wake('judge-evaluator');
    return doomed.length;
  };

  const start = (rse: Rse, signal: AbortSignal) => {
    const lane = once(rse, signal)
      .catch((error: unknown) => {
        lake.log.error({ err: error, rse: rse.rse }, 'deleting at a storage failed');
        return 0;
      })
      .then((handled) => {
        if (handled === 0) restUntil.set(rse.id, performance.now() + REST_MS);
        lanes.delete(rse.id);
        return handled;
      });
    lanes.set(rse.id, lane);
  };

  return {
    name: 'reaper',
    wakeOn: ['reaper', 'rses'],
    pollMs: POLL_MS,
    async close() {
      await Promise.all(lanes.values());
      protocols?.close();
    },
    async batch({ now, signal }) {
      const directory = await rseDirectory(lake);
      const idle = directory.all.filter(
        (rse) =>
          rse.availability_delete && !lanes.has(rse.id) && (restUntil.get(rse.id) ?? 0) < performance.now(),
      );
      for (const rse of await storagesWithWork(lake.sql, idle, new Date(now))) {
        if (lanes.size >= LANES) break;
        start(rse, signal);
      }
      if (lanes.size === 0) return 0;
      // Goes on as soon as one lane is through; the others keep running.
      return Math.max(await Promise.race(lanes.values()), lanes.size > 0 ? 1 : 0);
    },
  };
};
