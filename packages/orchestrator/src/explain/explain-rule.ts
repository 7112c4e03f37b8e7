import {
  type Facts,
  nameOf,
  type RuleExplanation,
  type RuleExplanationCause,
  type RuleExplanationCount,
  ruleStates,
  sayReason,
} from '@leman/contracts';
import type { Queryable } from '@leman/foundation';
import { findRule, type RuleRow, ruleColumns } from '../rules/rule-row.ts';
import { describeCopies, type MissingCopy } from './describe-copies.ts';
import { missingCopies } from './missing-copies.ts';
import { summarise } from './summarise.ts';

const CAUSES_SHOWN = 50;
const EXAMPLES = 3;
/** The rate is measured over so many seconds. */
const WINDOW_S = 900;

interface CauseRow {
  reason: string;
  rse: string;
  files: number;
  bytes: number;
  since: Date | null;
  facts: Facts | null;
  examples: number[];
}

interface RuleReason {
  reason: string | null;
  reason_facts: Facts | null;
  reason_since: Date | null;
}

const none: RuleExplanationCount = { files: 0, bytes: 0 };

const readProgress = async (sql: Queryable, id: string): Promise<RuleExplanation['progress']> => {
  const rows = await sql<{ state: string; files: number; bytes: number }[]>`
    select state, count(*) as files, sum(bytes)::bigint as bytes from locks where rule_id = ${id} group by state`;
  const of = (state: string): RuleExplanationCount => {
    const row = rows.find((candidate) => candidate.state === state);
    return row ? { files: row.files, bytes: row.bytes } : none;
  };
  const [ok, replicating, stuck] = [of('O'), of('R'), of('S')];
  return {
    files: ok.files + replicating.files + stuck.files,
    bytes: ok.bytes + replicating.bytes + stuck.bytes,
    ok,
    replicating,
    stuck,
  };
};

/** What keeps the whole rule: waiting for approval, being laid out, suspended, no room. */
const causeOfRule = (
  rule: RuleRow,
  { reason, reason_facts, reason_since }: RuleReason,
): RuleExplanationCause[] => {
  if (!reason || !(['W', 'I', 'U'].includes(rule.state) || rule.incomplete)) return [];
  const since = reason_since?.toISOString() ?? null;
  return [
    {
      reason,
      say: sayReason(reason, reason_facts),
      since,
      files: 0,
      bytes: 0,
      destination: null,
      examples: [],
    },
  ];
};

/** Reasons of missing copies, grouped by reason and destination, biggest first, with examples. Two statements. */
const causesOfCopies = async (sql: Queryable, id: string): Promise<RuleExplanationCause[]> => {
  const rows = await sql<CauseRow[]>`
    select m.reason, s.rse, count(*) as files, sum(m.bytes)::bigint as bytes, min(m.since) as since,
      (array_agg(m.facts order by m.since desc nulls last))[1] as facts,
      (array_agg(m.did_id order by m.did_id))[1:${EXAMPLES}] as examples
    from ${missingCopies(sql, id)} m join rses s on s.id = m.rse_id
    group by m.reason, s.rse order by files desc, m.reason, s.rse limit ${CAUSES_SHOWN}`;
  const shown = rows.flatMap((row) => row.examples);
  const copies = await sql<(MissingCopy & { rse: string })[]>`
    select m.*, s.rse from ${missingCopies(sql, id)} m join rses s on s.id = m.rse_id
    where m.did_id = any(${shown}::bigint[])`;
  const described = await describeCopies(sql, copies);
  return rows.map(({ reason, rse, files, bytes, since, facts, examples }) => ({
    reason,
    say: sayReason(reason, { destination: rse, ...facts }),
    since: since?.toISOString() ?? null,
    files,
    bytes,
    destination: rse,
    examples: described.filter((_, index) => {
      const copy = copies[index]!;
      return copy.reason === reason && copy.rse === rse && examples.includes(copy.did_id);
    }),
  }));
};

const flowing = new Set(['TRANSFERRING', 'SUBMITTED', 'QUEUED']);

/**
 * When the rest will be there at the rate that was measured for this rule; undefined when nothing was, and when a copy
 * is missing that waits for something else than its turn.
 */
const expectEnd = async (
  sql: Queryable,
  id: string,
  left: RuleExplanationCount,
  causes: readonly RuleExplanationCause[],
  now: number,
): Promise<RuleExplanation['expected_end']> => {
  if (left.files === 0 || causes.some(({ reason }) => !flowing.has(reason))) return undefined;
  const [row] = await sql<[{ files: number; bytes: number; first: Date | null }]>`
    select count(*) as files, coalesce(sum(bytes), 0)::bigint as bytes, min(coalesce(submitted_at, created_at)) as first
    from requests_history
    where rule_id = ${id} and state = 'D' and created_at > ${new Date(now - WINDOW_S * 1000)}`;
  if (!row.first || row.files === 0) return undefined;
  const seconds = Math.max(1, Math.min(WINDOW_S, (now - row.first.getTime()) / 1000));
  const needed =
    row.bytes > 0 && left.bytes > 0 ? left.bytes / (row.bytes / seconds) : left.files / (row.files / seconds);
  return {
    at: new Date(now + needed * 1000).toISOString(),
    from: `${row.files.toLocaleString('en-US')} ${row.files === 1 ? 'copy' : 'copies'} came in the last ${Math.round(seconds)} s`,
  };
};

/**
 * Why a rule is where it is: counts, the stored reasons of what is missing grouped by reason and destination with
 * examples, and the end expected from the measured rate. Nothing is guessed.
 *
 * @param now milliseconds since 1970
 * @throws RuleNotFound 404
 */
export const explainRule = async (sql: Queryable, id: string, now: number): Promise<RuleExplanation> => {
  const { id: known } = await findRule(sql, id);
  const [rule] = await sql<[RuleRow & RuleReason]>`
    select ${sql([...ruleColumns, 'reason', 'reason_facts', 'reason_since'])} from rules where id = ${known}`;
  const progress = await readProgress(sql, known);
  const causes = [...causeOfRule(rule, rule), ...(await causesOfCopies(sql, known))];
  const expected = await expectEnd(sql, known, progress.replicating, causes, now);
  const state = nameOf(ruleStates, rule.state);
  const { scope, name, rse_expression, copies } = rule;
  const facts = { rule: known, scope, name, rse_expression, copies, state, progress, causes };
  return { ...facts, summary: summarise(facts), ...(expected ? { expected_end: expected } : {}) };
};
