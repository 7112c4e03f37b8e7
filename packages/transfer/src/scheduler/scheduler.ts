import { type Clock, counter, gauge, histogram, type Log, type Sql } from '@leman/foundation';
import { createTurns, type Protocols } from '@leman/protocols';
import type { TransferConfig } from '../config.ts';
import { runAttempt, STOPPING } from '../copy/run-attempt.ts';
import { createStorageSoftware } from '../copy/storage-software.ts';
import { type Endpoint, stateEvent } from '../events/build-event.ts';
import type { Seal } from '../seal.ts';
import type { ActiveFile } from './active-file.ts';
import { claimFiles } from './claim-files.ts';
import { retryDelay } from './decide.ts';
import { createGates, type Limits } from './gates.ts';
import { createLedger, type Entry, type Ledger } from './ledger.ts';
import { createLinkHistory, type LinkHistory } from './link-history.ts';
import { loadQueue } from './load-queue.ts';
import { type Outcome, wordless } from './outcome.ts';
import { createQueues, type Link, type QueueEntry, type Queues } from './queues.ts';
import { createRetries } from './retries.ts';
import { settleOutcomes } from './settle-outcomes.ts';
import type { Direction, StorageGate } from './storage-gate.ts';
import { createTimers } from './timers.ts';

const outcomes = counter('leman_transfer_attempts_total', 'Attempts at copies by how they ended', [
  'outcome',
]);
const seconds = histogram('leman_transfer_attempt_seconds', 'Duration of attempts', ['outcome']);
const queued = gauge('leman_transfer_queued', 'Files that wait in the transfer queues', []);
const active = gauge('leman_transfer_active', 'Files being copied', []);

export interface Scheduler {
  readonly ledger: Ledger;
  readonly queues: Queues;
  readonly history: LinkHistory;
  enqueue(entries: readonly QueueEntry[]): void;
  gate(se: string, direction: Direction): StorageGate;
  linkLimit(sourceSe: string, destSe: string): number;
  runningBytes(fileId: number): number | undefined;
  /** Stops the copies of these files; what they left is removed. */
  cancel(fileIds: ReadonlySet<number>): void;
  setLimits(limits: Limits): void;
  setWeights(weights: ReadonlyMap<string, number>): void;
  setBans(bans: ReadonlyMap<string, StorageGate['banned']>): void;
  /** Takes over what the database holds and starts. */
  start(): Promise<void>;
  /** Without new starts; running copies are left to the next start of the service, which examines them. */
  stop(): Promise<void>;
}

const BATCH = 200;

/**
 * Decides what runs: picks from the queues as far as the limits and the gates of both storages allow, has the ledger
 * write the start, runs the attempt, has the ledger write the outcome. Links take turns, so a slow or broken one costs
 * the others nothing.
 */
export const createScheduler = async (options: {
  sql: Sql;
  seal: Seal;
  protocols: Protocols;
  config: TransferConfig;
  endpoint: Endpoint;
  clock: Clock;
  log: Log;
  onEvents(lastSeq: number): void;
}): Promise<Scheduler> => {
  const { sql, seal, protocols, config, endpoint, clock, log } = options;
  const queues = createQueues();
  const history = createLinkHistory(clock);
  const running = new Map<number, ActiveFile>();
  const software = createStorageSoftware(clock);
  const tools = { protocols, software, config, clock, streams: createTurns() };
  /** Files picked, whose start is not written yet. */
  const picked: { fileId: number; link: Link }[] = [];
  let claiming = 0;
  const ended: Outcome[] = [];
  /** Outcomes that the database refused: each is written for itself. */
  const alone: Outcome[] = [];
  const notices: Record<string, unknown>[] = [];
  let turn = 0;
  let stopped = false;
  let passDue = false;
  /** Attempts by the name they write, each with those that wait for it: one name is written by one attempt at a time. */
  const writing = new Map<string, (() => void)[]>();

  const timers = createTimers(clock);
  const retries = createRetries({ clock, timers, enqueue: (entries) => scheduler.enqueue(entries) });
  const gates = createGates({
    config,
    clock,
    log,
    notify: (event) => notices.push(event),
    opened: retries.release,
  });
  const { gate, linkLimit, judge } = gates;

  /** One round over the links after the other, until nothing more may start. */
  const pass = () => {
    passDue = false;
    if (stopped) return;
    const now = clock.now();
    const links = [...queues.links()].filter((link) => link.queued > 0);
    let nextProbe = Number.POSITIVE_INFINITY;
    for (let moved = true; moved && links.length; ) {
      moved = false;
      for (let step = 0; step < links.length; step++) {
        if (running.size + claiming + picked.length >= config.maxActive) break;
        const link = links[(turn + step) % links.length]!;
        if (!link.queued || link.active >= linkLimit(link.sourceSe, link.destSe)) continue;
        const out = gate(link.sourceSe, 'out');
        const into = gate(link.destSe, 'in');
        if (!out.mayStart(now) || !into.mayStart(now)) {
          for (const closed of [out.closed, into.closed])
            if (closed && closed.retryAt > now) nextProbe = Math.min(nextProbe, closed.retryAt);
          continue;
        }
        const file = queues.take(link);
        if (!file) continue;
        link.active++;
        out.start(now);
        into.start(now);
        picked.push({ fileId: file.fileId, link });
        moved = true;
      }
      turn++;
    }
    if (Number.isFinite(nextProbe)) timers.at(nextProbe, schedule);
    queued.set(queues.length());
    if (picked.length) ledger.poke();
  };
  const schedule = () => {
    if (passDue || stopped) return;
    passDue = true;
    setImmediate(pass);
  };

  const release = (link: Link) => {
    link.active--;
    schedule();
  };
  const attempt = async (file: ActiveFile, link: Link) => {
    const others = writing.get(file.destination);
    if (others) await new Promise<void>((resolve) => others.push(resolve));
    else writing.set(file.destination, []);
    const result = await runAttempt(file, tools);
    const following = writing.get(file.destination)?.shift();
    if (following) following();
    else writing.delete(file.destination);
    const now = clock.now();
    if (stopped) return;
    const outcome = result.ok ? 'finished' : result.error.class;
    outcomes.inc({ outcome });
    seconds.observe({ outcome: result.ok ? 'finished' : 'failed' }, (now - file.startedAt.getTime()) / 1000);
    history.note(link.key, { ok: result.ok, bytes: result.ok ? result.size : 0 });
    judge(file, result, now);
    ended.push({
      file,
      result,
      endedAt: now,
      retryIn: result.ok ? undefined : retryDelay(file, result, config),
    });
    release(link);
    ledger.poke();
  };

  const begin = (file: ActiveFile, link: Link) => {
    running.set(file.fileId, file);
    active.set(running.size);
    void attempt(file, link);
  };

  const collectStarts = (): Entry | undefined => {
    if (!picked.length || stopped) return undefined;
    const batch = picked.splice(0, BATCH);
    claiming += batch.length;
    if (picked.length) setImmediate(() => ledger.poke());
    let claimed: ActiveFile[] = [];
    const giveBack = (kept: ReadonlySet<number>) => {
      claiming -= batch.length;
      for (const { fileId, link } of batch) {
        if (kept.has(fileId)) continue;
        gate(link.sourceSe, 'out').ended(clock.now());
        gate(link.destSe, 'in').ended(clock.now());
        release(link);
      }
    };
    return {
      async write(tx, now) {
        claimed = await claimFiles(
          tx,
          seal,
          batch.map(({ fileId }) => fileId),
          now,
        );
        return claimed.map((file) => stateEvent(file, 'ACTIVE', now.getTime(), undefined, endpoint));
      },
      done() {
        giveBack(new Set(claimed.map((file) => file.fileId)));
        const links = new Map(batch.map(({ fileId, link }) => [fileId, link]));
        if (stopped) return;
        for (const file of claimed) begin(file, links.get(file.fileId)!);
      },
      refused: () => giveBack(new Set()),
    };
  };

  const collectOutcomes = (): Entry | undefined => {
    const batch = alone.length ? alone.splice(0, 1) : ended.splice(0, BATCH);
    if (!batch.length) return undefined;
    if (alone.length || ended.length) setImmediate(() => ledger.poke());
    let next: QueueEntry[] = [];
    return {
      async write(tx, now) {
        const settled = await settleOutcomes(tx, batch, now, endpoint);
        next = settled.next;
        return settled.events;
      },
      done() {
        for (const { file, result, retryIn, endedAt } of batch) {
          running.delete(file.fileId);
          if (retryIn === undefined || file.abort.signal.aborted) continue;
          const entry = {
            fileId: file.fileId,
            sourceSe: file.sourceSe,
            destSe: file.destSe,
            activity: file.activity,
            priority: file.priority,
            size: file.size ?? 0,
          };
          retries.wait(entry, endedAt, retryIn, result.ok ? undefined : result.error);
        }
        active.set(running.size);
        scheduler.enqueue(next);
      },
      refused() {
        // One that cannot be written must not hold the others, nor its own file: without its words it can.
        if (batch.length > 1) alone.push(...batch);
        else if (batch[0]!.result === wordless) running.delete(batch[0]!.file.fileId);
        else alone.push({ ...batch[0]!, result: wordless });
        ledger.poke();
      },
    };
  };

  const collectNotices = (): Entry | undefined => {
    if (!notices.length) return undefined;
    const batch = notices.splice(0);
    return { write: async () => batch, done: () => undefined, refused: () => undefined };
  };

  const ledger = await createLedger({
    sql,
    clock,
    log,
    collect: [collectOutcomes, collectStarts, collectNotices],
    onCommit: options.onEvents,
  });
  const scheduler: Scheduler = {
    ledger,
    queues,
    history,
    enqueue(entries) {
      for (const entry of entries) queues.add(entry);
      if (entries.length) schedule();
    },
    gate,
    linkLimit,
    runningBytes: (fileId) => running.get(fileId)?.bytes,
    cancel(fileIds) {
      queues.remove(fileIds);
      for (const fileId of fileIds) running.get(fileId)?.abort.abort();
    },
    setLimits(limits) {
      gates.setLimits(limits);
      schedule();
    },
    setWeights(weights) {
      queues.setWeights(weights);
      schedule();
    },
    setBans(bans) {
      gates.setBans(bans);
      schedule();
    },
    async start() {
      const waiting = await loadQueue(sql, (entry, retryAt) => {
        if (retryAt && retryAt > clock.now()) timers.at(retryAt, () => scheduler.enqueue([entry]));
        else queues.add(entry);
      });
      log.info({ waiting }, 'took over the waiting files');
      schedule();
    },
    async stop() {
      stopped = true;
      timers.stop();
      await ledger.stop();
      for (const file of running.values()) file.abort.abort(STOPPING);
    },
  };
  return scheduler;
};
