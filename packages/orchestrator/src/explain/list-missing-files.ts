import { fail, type MissingCopiesPage } from '@leman/contracts';
import type { Queryable } from '@leman/foundation';
import { findRule } from '../rules/rule-row.ts';
import { describeCopies, type MissingCopy } from './describe-copies.ts';
import { missingCopies } from './missing-copies.ts';

const PAGE = 200;
const FIRST = '0'.repeat(32);

/**
 * A page of the missing copies of a rule, with everything that is stored about each, in the order of files.
 *
 * @param reason only those with this reason code
 * @param after where the page before ended
 * @throws RuleNotFound 404; ValueError 400 for an `after` that no page gave
 */
export const listMissingFiles = async (
  sql: Queryable,
  id: string,
  reason: string | undefined,
  after: string | undefined,
): Promise<MissingCopiesPage> => {
  const rule = await findRule(sql, id);
  const key = after === undefined ? ['', '0', FIRST] : /^(\d{1,15})-([0-9a-f]{32})$/.exec(after);
  if (!key) throw fail('ValueError', 'after must be what the page before gave as after.');
  const copies = await sql<MissingCopy[]>`
    select m.* from ${missingCopies(sql, rule.id)} m
    where (m.did_id, m.rse_id) > (${Number(key[1])}::bigint, ${key[2]!}::uuid)
      and (${reason ?? null}::text is null or m.reason = ${reason ?? null})
    order by m.did_id, m.rse_id limit ${PAGE}`;
  const last = copies.at(-1);
  return {
    files: await describeCopies(sql, copies),
    after: copies.length === PAGE && last ? `${last.did_id}-${last.rse_id}` : null,
  };
};
