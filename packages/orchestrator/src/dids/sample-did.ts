import type { Transaction } from '@leman/foundation';
import { attachDids } from './attach-dids.ts';
import { findDid } from './find-dids.ts';
import { registerDids } from './register-dids.ts';

export interface SampleRequest {
  input: { scope: string; name: string };
  output: { scope: string; name: string };
  /** Files to take; fewer when the input has fewer. */
  files: number;
  account: string;
  now: Date;
}

/**
 * Makes a dataset of randomly chosen files of a collection.
 * @throws DataIdentifierNotFound, DataIdentifierAlreadyExists, ScopeNotFound
 */
export const sampleDid = async (
  tx: Transaction,
  { input, output, files, account, now }: SampleRequest,
): Promise<void> => {
  const source = await findDid(tx, input.scope, input.name);
  const chosen = await tx<{ scope: string; name: string }[]>`
    with recursive tree (id, did_type) as (
      select ${source.id}::bigint, ${source.did_type}::text
      union
      select child.id, child.did_type::text
      from tree join contents c on c.parent_id = tree.id join dids child on child.id = c.child_id
      where tree.did_type = 'C'
    ), files as (
      select distinct c.child_id as id from tree join contents c on c.parent_id = tree.id where tree.did_type = 'D'
      union select id from tree where did_type = 'F'
    )
    select f.scope, f.name from (select id from files order by random() limit ${files}) chosen join dids f on f.id = chosen.id`;
  await registerDids(tx, [{ ...output, did_type: 'D', account }], now);
  if (chosen.length > 0) await attachDids(tx, [{ ...output, dids: chosen }], { account, now });
};
