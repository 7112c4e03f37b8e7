import type { Queryable } from '@leman/foundation';
import type { Rse, RseDirectory } from '../rses/rse-directory.ts';
import { UNLIMITED } from './limit-value.ts';
import { rsesOf } from './list-global-limits.ts';

/** Why an account has no room at an RSE, with the figures of the moment; bytes. */
export interface QuotaFacts {
  rse: string;
  /** `local`: the limit at the RSE. `global`: that of an expression. `space`: the RSE's own limit. `none`: no limit row. */
  kind: 'none' | 'local' | 'global' | 'space';
  /** The expression of a global limit. */
  rse_expression?: string;
  limit: number;
  used: number;
  needed: number;
}

export interface QuotaAnswer {
  /** Those of the candidates that have room, in their order. */
  rses: Rse[];
  /** One entry for each candidate that has none. */
  refused: QuotaFacts[];
  /** Bytes left by RSE id (Infinity: unlimited), also of those refused. */
  left: ReadonlyMap<string, number>;
  /** What is left in each limit that holds, by RSE id; a global limit is shared by the RSEs of its expression. */
  limits: ReadonlyMap<string, readonly QuotaLeft[]>;
}

export interface QuotaLeft {
  kind: QuotaFacts['kind'];
  rse_expression?: string;
  /** Bytes; Infinity: unlimited. */
  left: number;
}

const ofLimit = (bytes: number): number => (bytes === UNLIMITED ? Number.POSITIVE_INFINITY : bytes);

/**
 * Which of the candidate RSEs have room for an account's data. root and administrators have no quota. Others need a
 * local limit at the RSE with something left, something left in every global limit whose expression holds the RSE, and
 * room below the RSE's limit MaxSpaceAvailable; the attribute `mock` exempts an RSE. Reference: Rucio REST contract
 * 2.5 "Quota". One statement.
 *
 * @param bytes needed at each RSE, or by RSE id (absent: 0); 0 asks whether there is any quota at all.
 */
export const checkQuota = async (
  sql: Queryable,
  directory: RseDirectory,
  account: string,
  candidates: readonly Rse[],
  bytes: number | ReadonlyMap<string, number>,
): Promise<QuotaAnswer> => {
  const ids = candidates.map((rse) => rse.id);
  const capped = candidates.filter((rse) => rse.limits.has('MaxSpaceAvailable')).map((rse) => rse.id);
  const [facts] = await sql<
    {
      exempt: boolean;
      local: [string, number][] | null;
      global: [string, number][] | null;
      used: [string, number][] | null;
      stored: [string, number][] | null;
    }[]
  >`
    select
      ${account} = 'root' or exists (select from account_attributes where account = ${account} and key = 'admin') as exempt,
      (select json_agg(json_build_array(replace(rse_id::text, '-', ''), bytes)) from account_limits
        where account = ${account} and rse_id = any(${ids}::uuid[])) as local,
      (select json_agg(json_build_array(rse_expression, bytes)) from account_global_limits
        where account = ${account}) as global,
      (select json_agg(json_build_array(replace(rse_id::text, '-', ''), bytes)) from account_usage_now
        where account = ${account}) as used,
      (select json_agg(json_build_array(replace(rse_id::text, '-', ''), bytes)) from rse_counters_now
        where rse_id = any(${capped}::uuid[])) as stored`;
  const { exempt, local, global, used, stored } = facts!;
  const localLimits = new Map(local ?? []);
  const usedAt = new Map(used ?? []);
  const storedAt = new Map(stored ?? []);
  const globals = exempt
    ? []
    : (global ?? []).map(([rse_expression, limit]) => {
        const members = new Set(rsesOf(directory, rse_expression).map((rse) => rse.id));
        const sum = [...members].reduce((total, id) => total + (usedAt.get(id) ?? 0), 0);
        return { rse_expression, limit: ofLimit(limit), members, used: sum };
      });

  const left = new Map<string, number>();
  const limitsOf = new Map<string, QuotaLeft[]>();
  const refused: QuotaFacts[] = [];
  const rses = candidates.filter((rse) => {
    const limits: Omit<QuotaFacts, 'rse' | 'needed'>[] = [];
    const needed = typeof bytes === 'number' ? bytes : (bytes.get(rse.id) ?? 0);
    if (!exempt && (rse.attributes.get('mock') ?? 'false') === 'false') {
      const limit = localLimits.get(rse.id);
      limits.push({
        kind: limit === undefined ? 'none' : 'local',
        limit: ofLimit(limit ?? 0),
        used: usedAt.get(rse.id) ?? 0,
      });
      for (const one of globals) {
        if (one.members.has(rse.id)) {
          limits.push({
            kind: 'global',
            rse_expression: one.rse_expression,
            limit: one.limit,
            used: one.used,
          });
        }
      }
      const space = rse.limits.get('MaxSpaceAvailable');
      if (space !== undefined && space >= 0)
        limits.push({ kind: 'space', limit: space, used: storedAt.get(rse.id) ?? 0 });
    }
    limitsOf.set(
      rse.id,
      limits.map(({ limit, used: taken, ...one }) => ({ ...one, left: limit - taken })),
    );
    left.set(rse.id, Math.min(Number.POSITIVE_INFINITY, ...limits.map((one) => one.limit - one.used)));
    // Files that are there already need no new space, but a used up quota takes no new rule.
    const short = limits.find(
      (one) => one.limit - one.used < needed || (one.kind !== 'space' && one.limit <= one.used),
    );
    if (short) refused.push({ rse: rse.rse, ...short, needed });
    return !short;
  });
  return { rses, refused, left, limits: limitsOf };
};
