import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import type { Candidate, Choice, SharedRoom } from '../locks/choose-rses.ts';
import { resolveExpression } from '../rses/resolve-expression.ts';
import type { Rse, RseDirectory } from '../rses/rse-directory.ts';

export interface ChoosingRule {
  account: string;
  copies: number;
  rse_expression: string;
  weight: string | null;
  ignore_availability: boolean;
  ignore_account_limit: boolean;
}

/** Where the copies of a rule may go. */
export interface RuleChoice extends Choice {
  /** RSEs of the expression, open for writing or not. */
  rses: readonly Rse[];
  /** Ids of those that are closed for writing. */
  closed: ReadonlySet<string>;
  /** Whether any of the candidates has a limit, so that sizes matter. */
  limited: boolean;
}

/** Rules are answered with 409 for a bad expression. Reference: Rucio REST contract 3, POST /rules/. */
const STATUS = 409;

const weightOf = (rse: Rse, weight: string | null): number | undefined => {
  if (weight === null) return 1;
  const text = rse.attributes.get(weight);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw fail(
      'InvalidRuleWeight',
      `The RSE '${rse.rse}' has a non-number specified for the weight '${weight}'. Set that attribute to a number.`,
    );
  }
  return value;
};

interface Room {
  /** What is left by local limits, by RSE; none: nothing. */
  local: Map<string, number>;
  shared: { rses: ReadonlySet<string>; room: SharedRoom }[];
}

const readRoom = async (
  tx: Transaction,
  directory: RseDirectory,
  account: string,
  ids: string[],
): Promise<Room | undefined> => {
  const [admin] = await tx`
    select from account_attributes where account = ${account} and key = 'admin' and value <> 'false'`;
  if (admin || account === 'root') return undefined;
  const local = await tx<{ rse_id: string; bytes: number; used: number }[]>`
    select l.rse_id, l.bytes, coalesce(u.bytes, 0)::bigint as used
    from account_limits l left join account_usage_now u on u.account = l.account and u.rse_id = l.rse_id
    where l.account = ${account} and l.rse_id = any(${ids}::uuid[])`;
  const limits = await tx<{ rse_expression: string; bytes: number }[]>`
    select rse_expression, bytes from account_global_limits where account = ${account}`;
  const shared: Room['shared'] = [];
  if (limits.length > 0) {
    const usage = await tx<{ rse_id: string; bytes: number }[]>`
      select rse_id, bytes from account_usage_now where account = ${account}`;
    const used = new Map(usage.map((row) => [row.rse_id, row.bytes]));
    for (const { rse_expression, bytes } of limits) {
      let rses: Set<string>;
      try {
        rses = new Set(resolveExpression(directory, rse_expression).map((rse) => rse.id));
      } catch {
        // an expression that no longer names any RSE limits nothing
        continue;
      }
      let left = bytes < 0 ? Number.POSITIVE_INFINITY : bytes;
      for (const id of rses) left -= used.get(id) ?? 0;
      shared.push({ rses, room: { rse_expression, left } });
    }
  }
  return {
    local: new Map(
      local.map((row) => [row.rse_id, row.bytes < 0 ? Number.POSITIVE_INFINITY : row.bytes - row.used]),
    ),
    shared,
  };
};

/**
 * Resolves the expression of a rule and what its account and the storages have left, in the order of checks of the
 * field. Reference: Rucio REST contract 2.5.
 *
 * @throws InvalidRSEExpression, RSEWriteBlocked, InvalidRuleWeight, InsufficientTargetRSEs, InsufficientAccountLimit
 */
export const readChoice = async (
  tx: Transaction,
  directory: RseDirectory,
  rule: ChoosingRule,
  options: { skipQuota?: boolean } = {},
): Promise<RuleChoice> => {
  const rses = resolveExpression(directory, rule.rse_expression, { status: STATUS });
  const closed = new Set(rses.filter((rse) => !rse.availability_write).map((rse) => rse.id));
  const open = rule.ignore_availability
    ? rses
    : resolveExpression(directory, rule.rse_expression, { availability: 'write', status: STATUS });
  const weighted = open.flatMap((rse) => {
    const weight = weightOf(rse, rule.weight);
    return weight === undefined ? [] : [{ rse, weight }];
  });
  if (weighted.length < rule.copies) {
    const detail = `${rule.copies} copies requested, RSE set size ${weighted.length}`;
    throw fail('InsufficientTargetRSEs', `Target RSE set not sufficient for number of copies: ${detail}.`, {
      facts: { copies: rule.copies, detail },
    });
  }
  const room =
    options.skipQuota || rule.ignore_account_limit
      ? undefined
      : await readRoom(
          tx,
          directory,
          rule.account,
          weighted.map(({ rse }) => rse.id),
        );
  const capped = weighted
    .filter(({ rse }) => (rse.limits.get('MaxSpaceAvailable') ?? -1) >= 0)
    .map(({ rse }) => rse.id);
  const counters =
    capped.length && room
      ? await tx<{ rse_id: string; bytes: number }[]>`
        select rse_id, bytes from rse_counters_now where rse_id = any(${capped}::uuid[])`
      : [];
  const held = new Map(counters.map((row) => [row.rse_id, row.bytes]));
  const candidates = weighted.flatMap(({ rse, weight }): Candidate[] => {
    const candidate = { rse_id: rse.id, rse: rse.rse, weight };
    const unlimited = Number.POSITIVE_INFINITY;
    if (!room || rse.attributes.has('mock'))
      return [{ ...candidate, quota: unlimited, shared: [], space: unlimited }];
    const quota = room.local.get(rse.id) ?? 0;
    const shared = room.shared.filter((limit) => limit.rses.has(rse.id)).map((limit) => limit.room);
    if (quota <= 0 || shared.some((limit) => limit.left <= 0)) return [];
    const max = rse.limits.get('MaxSpaceAvailable') ?? -1;
    return [{ ...candidate, quota, shared, space: max < 0 ? unlimited : max - (held.get(rse.id) ?? 0) }];
  });
  if (candidates.length < rule.copies) {
    const detail = `no quota left at enough of ${rule.rse_expression}`;
    throw fail(
      'InsufficientAccountLimit',
      `There is insufficient quota on any of the target RSEs to fulfil the operation: account ${rule.account} has ${detail}.`,
      {
        facts: { account: rule.account, copies: rule.copies, detail },
      },
    );
  }
  const limited = candidates.some(
    (c) => Number.isFinite(c.quota) || Number.isFinite(c.space) || c.shared.length > 0,
  );
  return { account: rule.account, candidates, rses, closed, limited };
};
