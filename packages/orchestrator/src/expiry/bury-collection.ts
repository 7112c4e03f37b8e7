import type { Transaction } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { emit } from '../messages/emit.ts';

const CHILDREN_PER_STEP = 5000;

/** Takes some children out: history, and an order for the judge at each collection above. Returns how many went. */
const emptyStep = async (tx: Transaction, id: number, now: Date): Promise<number> => {
  const [row] = await tx<[{ n: number }]>`
    with some_children as (
      select child_id from contents where parent_id = ${id} order by child_id limit ${CHILDREN_PER_STEP} for update
    ), gone as (
      delete from contents c using some_children s where c.parent_id = ${id} and c.child_id = s.child_id
      returning c.child_id, c.created_at
    ), history as (
      insert into contents_history (scope, name, child_scope, child_name, did_type, child_type, bytes, adler32, md5,
                                    did_created_at, created_at, deleted_at)
      select p.scope, p.name, d.scope, d.name, p.did_type, d.did_type, d.bytes, d.adler32, d.md5, p.created_at,
             gone.created_at, ${now}
      from gone join dids d on d.id = gone.child_id cross join dids p where p.id = ${id}
    ), orders as (
      insert into updated_dids (did_id, action, children, next_attempt_at, created_at)
      select above.parent_id, 'D', (select array_agg(child_id order by child_id) from gone), ${now}, ${now}
      from contents above where above.child_id = ${id} and exists (select from gone)
    )
    select count(*) as n from gone`;
  return row.n;
};

/**
 * An expired collection without rules, one step: some thousand children are taken out; once it is empty it is taken
 * out of what it lies in, remembered in deleted_dids and removed. Goes on where it was after a crash.
 * @returns 1 when a step was made, 0 when it is no longer due
 */
export const buryCollection = async (lake: Lake, id: number, now: Date): Promise<number> => {
  const done = await lake.sql.begin(async (tx) => {
    const [did] = await tx<{ scope: string; name: string }[]>`
      select scope, name from dids d
      where id = ${id} and expired_at <= ${now} and not exists (select from rules r where r.did_id = d.id)
      for update skip locked`;
    if (!did) return 0;
    // asked again now that the row is held: a rule may have been made between the snapshot and the lock
    const [rule] = await tx`select from rules where did_id = ${id} limit 1`;
    if (rule) return 0;
    if ((await emptyStep(tx, id, now)) > 0) return 1;
    await tx`
      with gone as (
        delete from contents where child_id = ${id} returning parent_id, created_at
      )
      insert into contents_history (scope, name, child_scope, child_name, did_type, child_type, bytes, adler32, md5,
                                    did_created_at, created_at, deleted_at)
      select p.scope, p.name, d.scope, d.name, p.did_type, d.did_type, d.bytes, d.adler32, d.md5, p.created_at,
             gone.created_at, ${now}
      from gone join dids p on p.id = gone.parent_id cross join dids d where d.id = ${id}`;
    await tx`delete from dataset_locks where did_id = ${id}`;
    await tx`
      insert into deleted_dids (scope, name, did_type, record, deleted_at)
      select scope, name, did_type, to_jsonb(d) - 'id', ${now} from dids d where id = ${id}
      on conflict (scope, name) do update set record = excluded.record, deleted_at = excluded.deleted_at`;
    await tx`delete from dids where id = ${id}`;
    await emit(tx, [{ type: 'ERASE', payload: { account: 'root', ...did } }]);
    return 1;
  });
  if (done > 0) for (const channel of ['judge-evaluator', 'hermes']) lake.wakeups.wake(channel);
  return done;
};
