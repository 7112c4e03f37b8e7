import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import { emit } from '../messages/emit.ts';
import { findDid } from './find-dids.ts';
import { lockFilesByName } from './lock-files.ts';

interface Detached {
  scope: string;
  name: string;
  did_type: string;
}

/**
 * Takes children out of a collection: contents, history, the counters of the dataset's copies and one order for the
 * judge, in one statement; all or nothing. The caller wakes `judge-evaluator` and `hermes` after commit.
 * @throws DataIdentifierNotFound when the collection or a child in it does not exist; UnsupportedOperation for itself,
 *   and for monotonic collections
 */
export const detachDids = async (
  tx: Transaction,
  scope: string,
  name: string,
  children: readonly { scope: string; name: string }[],
  now: Date,
): Promise<void> => {
  const parent = await findDid(tx, scope, name);
  const full = `${scope}:${name}`;
  if (parent.did_type === 'F')
    throw fail('DataIdentifierNotFound', `Data identifier '${full}' is a file and holds nothing.`);
  if (children.some((child) => child.scope === scope && child.name === name)) {
    throw fail('UnsupportedOperation', 'Self-detach is not valid.');
  }
  if (parent.monotonic) {
    throw fail(
      'UnsupportedOperation',
      `Data identifier '${full}' is monotonic: nothing can be taken out of it.`,
    );
  }
  await lockFilesByName(tx, children, 'content');
  const asked = new Map(children.map((child) => [`${child.scope}:${child.name}`, child]));
  const gone = await tx<Detached[]>`
    with gone as (
      delete from contents using dids child,
        unnest(${children.map((child) => child.scope)}::text[], ${children.map((child) => child.name)}::text[]) as asked (scope, name)
      where contents.parent_id = ${parent.id} and contents.child_id = child.id
        and child.scope = asked.scope and child.name = asked.name
      returning child.id, child.scope, child.name, child.did_type, child.bytes, child.adler32, child.md5, child.events, contents.created_at
    ), history as (
      insert into contents_history (scope, name, child_scope, child_name, did_type, child_type, bytes, adler32, md5,
                                    did_created_at, created_at, deleted_at)
      select parent.scope, parent.name, gone.scope, gone.name, parent.did_type, gone.did_type, gone.bytes, gone.adler32, gone.md5,
             parent.created_at, gone.created_at, ${now}::timestamptz
      from gone, dids parent where parent.id = ${parent.id}
    ), orders as (
      insert into updated_dids (did_id, action, children, next_attempt_at, created_at)
      select ${parent.id}, 'D', array_agg(id order by id), ${now}::timestamptz, ${now}::timestamptz
      from gone having count(*) > 0
    ), held as (
      insert into collection_replica_deltas (did_id, rse_id, length, bytes, available_length, available_bytes)
      select ${parent.id}, r.rse_id, -count(*), -sum(r.bytes), -count(*) filter (where r.state = 'A'),
             -coalesce(sum(r.bytes) filter (where r.state = 'A'), 0)
      from gone join replicas r on r.did_id = gone.id
      where ${parent.did_type} = 'D' group by r.rse_id
    ), frozen as (
      update dids set length = length - (select count(*) from gone),
        bytes = bytes - coalesce((select sum(bytes) from gone), 0), events = events - coalesce((select sum(events) from gone), 0),
        updated_at = ${now}::timestamptz
      where id = ${parent.id} and length is not null
    )
    select scope, name, did_type from gone`;
  if (gone.length !== asked.size) {
    const found = new Set(gone.map((child) => `${child.scope}:${child.name}`));
    const absent = [...asked.keys()].find((child) => !found.has(child))!;
    throw fail(
      'DataIdentifierNotFound',
      `Data identifier '${absent}' not found under '${full}'. Nothing was detached.`,
    );
  }
  await emit(
    tx,
    gone.flatMap((child) => {
      const events: { type: string; payload: Record<string, unknown> }[] = [];
      if (parent.did_type === 'C') {
        const childtype = child.did_type === 'C' ? 'CONTAINER' : 'DATASET';
        events.push({
          type: 'ERASE_CNT',
          payload: { scope, name, childscope: child.scope, childname: child.name, childtype },
        });
      }
      const typeName = (letter: string) =>
        `DIDType.${letter === 'F' ? 'FILE' : letter === 'D' ? 'DATASET' : 'CONTAINER'}`;
      events.push({
        type: 'DETACH',
        payload: {
          scope,
          name,
          did_type: typeName(parent.did_type),
          child_scope: child.scope,
          child_name: child.name,
          child_type: typeName(child.did_type),
        },
      });
      return events;
    }),
  );
};
