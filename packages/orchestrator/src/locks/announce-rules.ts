import type { Transaction } from '@leman/foundation';
import { emit, type LakeEvent } from '../messages/emit.ts';

/** A rule whose counts just changed, as countLocks saw it before and after. */
export interface RuleChange {
  id: string;
  before: string;
  after: string;
  notification: string;
  replicating_before: number;
  replicating_after: number;
  ok_after: number;
}

/** Tenth of the work that is done, in percent: 0, 10, ... 100. */
const progressClass = (replicating: number, total: number): number =>
  total === 0 ? 100 : Math.floor(((total - replicating) / total) * 10) * 10;

/**
 * Events of rules that turned OK (RULE_OK, DATASETLOCK_OK) or passed a tenth of their work (RULE_PROGRESS), for those
 * that asked to be told. Notification Y: always; C and P: once the collection is closed.
 */
export const announceRules = async (tx: Transaction, changes: readonly RuleChange[]): Promise<void> => {
  const turnedOk = changes.filter((c) => c.notification !== 'N' && c.after === 'O' && c.before !== 'O');
  const progressed = changes.filter((c) => {
    const total = c.replicating_after + c.ok_after;
    const passed = progressClass(c.replicating_before, total) !== progressClass(c.replicating_after, total);
    return c.notification === 'P' && c.after === 'R' && passed;
  });
  if (turnedOk.length + progressed.length === 0) return;
  const progressOf = new Map(
    progressed.map((c) => [c.id, progressClass(c.replicating_after, c.replicating_after + c.ok_after)]),
  );
  const ids = [...turnedOk, ...progressed].map((c) => c.id);
  const events: LakeEvent[] = [];
  const rules = await tx<{ id: string; scope: string; name: string; notification: string; told: boolean }[]>`
    select r.id, r.scope, r.name, r.notification, (r.notification = 'Y' or not coalesce(d.is_open, false)) as told
    from rules r left join dids d on d.id = r.did_id
    where r.id = any(${ids}::uuid[])`;
  for (const rule of rules) {
    if (!rule.told) continue;
    const payload = { scope: rule.scope, name: rule.name, rule_id: rule.id };
    const progress = progressOf.get(rule.id);
    if (progress === undefined) events.push({ type: 'RULE_OK', payload });
    if (rule.notification === 'P')
      events.push({ type: 'RULE_PROGRESS', payload: { ...payload, progress: progress ?? 100 } });
  }
  const datasets = await tx<{ rule_id: string; scope: string; name: string; rse: string; rse_id: string }[]>`
    select l.rule_id, d.scope, d.name, s.rse, l.rse_id
    from dataset_locks l join rules r on r.id = l.rule_id join dids d on d.id = l.did_id join rses s on s.id = l.rse_id
    where l.rule_id = any(${turnedOk.map((c) => c.id)}::uuid[]) and r.grouping <> 'N'
      and (r.notification = 'Y' or (r.notification = 'C' and not coalesce(d.is_open, false)))`;
  for (const lock of datasets) events.push({ type: 'DATASETLOCK_OK', payload: { ...lock } });
  await emit(tx, events);
};
