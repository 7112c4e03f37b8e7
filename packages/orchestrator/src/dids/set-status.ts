import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import { emit } from '../messages/emit.ts';
import { findDid } from './find-dids.ts';
import { measureCollection } from './get-did.ts';

/**
 * Closes a collection (its files and bytes are frozen) or opens it again. The caller wakes `hermes` after commit.
 * @throws DataIdentifierNotFound; UnsupportedOperation for files and when it is so already
 */
export const setStatus = async (
  tx: Transaction,
  scope: string,
  name: string,
  open: boolean,
  now: Date,
): Promise<void> => {
  const did = await findDid(tx, scope, name);
  const [locked] = await tx<
    { is_open: boolean | null }[]
  >`select is_open from dids where id = ${did.id} for update`;
  if (did.did_type === 'F' || locked?.is_open === open) {
    const why = did.did_type === 'F' ? 'it is a file' : `it is ${open ? 'open' : 'closed'} already`;
    throw fail(
      'UnsupportedOperation',
      `The status of the data identifier '${scope}:${name}' cannot be changed: ${why}.`,
    );
  }
  if (open) {
    await tx`update dids set is_open = true, updated_at = ${now} where id = ${did.id}`;
    await emit(tx, [{ type: 'OPEN', payload: { scope, name } }]);
    return;
  }
  const { length, bytes, events } = await measureCollection(tx, scope, name, 'FILE');
  await tx`
    with locks as (update dataset_locks set length = ${length}, bytes = ${bytes} where did_id = ${did.id})
    update dids set is_open = false, closed_at = ${now}::timestamptz, updated_at = ${now}::timestamptz, length = ${length}, bytes = ${bytes}, events = ${events}
    where id = ${did.id}`;
  await emit(tx, [{ type: 'CLOSE', payload: { scope, name, bytes, length, events } }]);
};
