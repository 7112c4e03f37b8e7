import { FieldError } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { chooseRses } from '../locks/choose-rses.ts';
import { countLocks, type LockDelta } from '../locks/count-locks.ts';
import { type Placement, placeLocks } from '../locks/place-locks.ts';
import { removeLocks } from '../locks/remove-locks.ts';
import { retryLocks } from '../locks/retry-locks.ts';
import { settleLocks } from '../locks/settle-locks.ts';
import { rseDirectory } from '../rses/rse-directory.ts';
import { REQUEST_CHANNELS } from './add-rule.ts';
import { markIncomplete } from './mark-incomplete.ts';
import { type RuleChoice, readChoice } from './read-choice.ts';
import type { RuleRow } from './rule-row.ts';

const LOCKS_PER_STEP = 2000;
/** A lock that was brought back so often at one RSE is tried at another one, if the expression has one. */
const REPAIRS_BEFORE_ELSEWHERE = 2;

interface StuckLock extends Placement {
  bytes: number;
  repair_cnt: number;
  replica_state: string | null;
}

export interface Repaired {
  /** Last file looked at; undefined when all stuck locks have been. */
  next: number | undefined;
  /** Whether there is room, so that files without locks can be given theirs. */
  mayLayOut: boolean;
  wake: string[];
}

/** Locks that should be tried at another RSE, if there is one. */
const isRestless =
  ({ rses, closed }: RuleChoice) =>
  (lock: StuckLock): boolean =>
    closed.has(lock.rse_id) ||
    !rses.some((rse) => rse.id === lock.rse_id) ||
    (lock.repair_cnt > 0 && lock.repair_cnt % REPAIRS_BEFORE_ELSEWHERE === 0);

/** Where locks that keep failing, or whose RSE is no longer of the expression, may go instead. */
const findElsewhere = async (
  tx: Transaction,
  rule: RuleRow,
  choice: RuleChoice,
  locks: readonly StuckLock[],
) => {
  const own = await tx<Placement[]>`
    select did_id, rse_id from locks
    where rule_id = ${rule.id} and did_id = any(${locks.map((lock) => lock.did_id)}::bigint[])`;
  const taken = new Map<number, Set<string>>();
  for (const { did_id, rse_id } of own) taken.set(did_id, (taken.get(did_id) ?? new Set()).add(rse_id));
  const moved: { from: StuckLock; to: Placement }[] = [];
  for (const lock of locks) {
    try {
      const blocked = taken.get(lock.did_id)!;
      const [rse_id] = chooseRses(choice, { copies: 1, size: lock.bytes, blocked }) as [string];
      if (choice.closed.has(rse_id)) continue;
      blocked.add(rse_id);
      moved.push({ from: lock, to: { did_id: lock.did_id, rse_id } });
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
    }
  }
  return moved;
};

/**
 * One step of repairing a stuck rule, for the files after `after`: locks whose copy has come meanwhile are OK; the
 * others are asked for again, at another RSE of the expression when they keep failing where they are; those at RSEs
 * that are closed for writing wait. A rule that lacks locks goes back to the judge-injector.
 */
export const repairRule = async (
  tx: Transaction,
  lake: Lake,
  rule: RuleRow,
  after: number,
  now: Date,
): Promise<Repaired> => {
  const wake = new Set<string>();
  const stuck = await tx<StuckLock[]>`
    select l.did_id, l.rse_id, l.bytes, l.repair_cnt, r.state as replica_state
    from locks l left join replicas r on r.did_id = l.did_id and r.rse_id = l.rse_id
    where l.rule_id = ${rule.id} and l.state = 'S' and l.did_id > ${after}
    order by l.did_id fetch first ${LOCKS_PER_STEP} rows with ties`;
  const directory = await rseDirectory(lake);
  let choice: RuleChoice | undefined;
  let problem: FieldError | undefined;
  try {
    choice = await readChoice(tx, directory, rule);
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    problem = error;
  }
  const come = stuck.filter((lock) => lock.replica_state === 'A' || lock.replica_state === 'T');
  const missing = stuck.filter((lock) => !come.includes(lock));
  const isClosed = (lock: StuckLock) => directory.byId.get(lock.rse_id)?.availability_write !== true;
  const moved = choice ? await findElsewhere(tx, rule, choice, missing.filter(isRestless(choice))) : [];
  const delta: LockDelta = { rule_id: rule.id, ok: 0, replicating: 0, stuck: 0 };
  if (choice && moved.length > 0) {
    const leaving = moved.map((move) => move.from);
    const removed = await removeLocks(tx, rule, leaving, now);
    const arriving = moved.map((move) => move.to);
    const placed = await placeLocks(tx, rule, arriving, { now, closed: choice.closed });
    delta.ok += placed.ok - removed.ok;
    delta.replicating += placed.replicating - removed.replicating;
    delta.stuck += placed.stuck - removed.stuck;
    for (const channel of ['conveyor-canceler', 'reaper', ...REQUEST_CHANNELS]) wake.add(channel);
  }
  const gone = new Set(moved.map((move) => move.from));
  const again = missing.filter((lock) => !gone.has(lock) && !isClosed(lock));
  const { retried, queued } = await retryLocks(tx, rule, again, now);
  delta.replicating += retried;
  delta.stuck -= retried;
  if (queued > 0) for (const channel of REQUEST_CHANNELS) wake.add(channel);
  // the row of the rule comes last, as everybody keeps to
  const entries = come.map(({ did_id, rse_id }) => ({ did_id, rse_id, state: 'O' as const }));
  const settled = await settleLocks(tx, entries, now);
  const counted = await countLocks(tx, [delta], now);
  for (const channel of [...settled.wake, ...counted.wake]) wake.add(channel);
  // without room it could not be laid out anyway: only the reason is brought up to date
  if (rule.incomplete && problem) await markIncomplete(tx, rule, problem, now);
  return {
    next: stuck.length >= LOCKS_PER_STEP ? stuck.at(-1)!.did_id : undefined,
    mayLayOut: problem === undefined,
    wake: [...wake],
  };
};
