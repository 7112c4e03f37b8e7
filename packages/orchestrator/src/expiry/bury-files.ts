import type { Lake } from '../lake.ts';
import { emit } from '../messages/emit.ts';

/**
 * Expired files that no rule wants any more, their own or one of a dataset: their copies may be deleted at once. The reaper does
 * that, and the file goes with its last copy; one that has no copy goes now. Set-based.
 * @returns how many files
 */
export const buryFiles = async (lake: Lake, now: Date, limit: number): Promise<number> => {
  const buried = await lake.sql.begin(async (tx) => {
    const files = await tx<{ id: number; scope: string; name: string }[]>`
      select d.id, d.scope, d.name from dids d
      where d.expired_at <= ${now} and d.did_type = 'F' and not exists (select from rules r where r.did_id = d.id)
        and not exists (select from locks l where l.did_id = d.id)
      order by d.expired_at limit ${limit} for update skip locked`;
    if (files.length === 0) return 0;
    const ids = files.map((file) => file.id);
    await tx`
      with due as (
        select did_id, rse_id from replicas where did_id = any(${ids}::bigint[]) and lock_cnt = 0
        order by did_id, rse_id for update
      )
      update replicas r set tombstone = ${new Date(0)}, updated_at = ${now}
      from due where r.did_id = due.did_id and r.rse_id = due.rse_id`;
    await tx`
      with bare as (
        select d.* from dids d
        where d.id = any(${ids}::bigint[]) and not exists (select from replicas r where r.did_id = d.id)
          and not exists (select from rules r where r.did_id = d.id)
          and not exists (select from contents c where c.child_id = d.id) and d.constituent is not true
      ), remembered as (
        insert into deleted_dids (scope, name, did_type, record, deleted_at)
        select scope, name, did_type, to_jsonb(bare) - 'id', ${now} from bare
        on conflict (scope, name) do update set record = excluded.record, deleted_at = excluded.deleted_at
      )
      delete from dids d using bare where d.id = bare.id`;
    await tx`update dids set expired_at = null, updated_at = ${now} where id = any(${ids}::bigint[])`;
    await emit(
      tx,
      files.map(({ scope, name }) => ({ type: 'ERASE', payload: { account: 'root', scope, name } })),
    );
    return files.length;
  });
  if (buried > 0) for (const channel of ['reaper', 'hermes']) lake.wakeups.wake(channel);
  return buried;
};
