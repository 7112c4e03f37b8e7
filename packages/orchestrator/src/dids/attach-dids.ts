import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import { emit } from '../messages/emit.ts';
import { attachToArchives } from './attach-to-archives.ts';
import type { DidInput } from './check-input.ts';
import { type Did, findDids } from './find-dids.ts';
import { lockFilesByName } from './lock-files.ts';
import { type AttachProblem, full, refuseAttachment } from './refuse-attachment.ts';

export interface Attachment {
  scope: string;
  name: string;
  dids: readonly DidInput[];
}

export interface AttachOptions {
  account: string;
  now: Date;
  /** Children that are there already are left alone instead of being an error. */
  ignoreDuplicate?: boolean;
}

/** Container in container: no circle may close. One such attachment at a time, so that two cannot close one together. */
const refuseCircles = async (tx: Transaction, parents: number[], children: number[]): Promise<void> => {
  await tx`select pg_advisory_xact_lock(hashtext('containers in containers'))`;
  const [circle] = await tx<{ scope: string; name: string }[]>`
    with recursive edges (parent_id, child_id) as materialized (
      select * from unnest(${parents}::bigint[], ${children}::bigint[])
    ), below (root, id) as (
      select distinct parent_id, child_id from edges
      union
      select below.root, c.child_id
      from below
      join (select parent_id, child_id from contents union all select parent_id, child_id from edges) c on c.parent_id = below.id
      join dids d on d.id = c.child_id and d.did_type = 'C'
    )
    select d.scope, d.name from below join dids d on d.id = below.root where below.root = below.id limit 1`;
  if (circle) {
    throw fail(
      'UnsupportedOperation',
      `Circular attachment detected. ${full(circle)} would become a parent of itself.`,
    );
  }
};

/**
 * Attaches files to datasets, datasets and containers to containers, files to archives; all or nothing. The checks,
 * the contents, the counters of the datasets' copies and one order for the judge per parent are one statement,
 * whatever the number of children. The caller wakes `judge-evaluator` and `hermes` after commit.
 * @returns how many children are new
 * @throws DataIdentifierNotFound, UnsupportedOperation, FileAlreadyExists, DuplicateContent, FileConsistencyMismatch
 */
export const attachDids = async (
  tx: Transaction,
  attachments: readonly Attachment[],
  options: AttachOptions,
): Promise<number> => {
  const parents = await findDids(tx, attachments);
  // Nobody closes them meanwhile; attaching at the same time stays possible.
  const locked = await tx<{ id: number; is_open: boolean | null }[]>`
    select id, is_open from dids where id = any(${parents.map((parent) => parent.id)}::bigint[]) order by id for share`;
  const open = new Map(locked.map((row) => [row.id, row.is_open]));
  const archives: { parent: Did; dids: readonly DidInput[] }[] = [];
  const flat: (DidInput & { parent: number; isContainer: boolean })[] = [];
  attachments.forEach(({ dids }, position) => {
    const parent = parents[position]!;
    if (parent.did_type === 'F') {
      if (
        !parent.is_archive &&
        !/\.(zip|zipx|tar\.gz|tgz|tar\.Z|tar\.bz2|tbz2)(\.\d+)*$/i.test(parent.name)
      ) {
        throw fail(
          'UnsupportedOperation',
          `Data identifier '${full(parent)}' is a file. Only archives, datasets and containers hold others.`,
        );
      }
      archives.push({ parent, dids });
      return;
    }
    if (!open.get(parent.id))
      throw fail(
        'UnsupportedOperation',
        `Data identifier '${full(parent)}' is closed. An administrator can reopen it.`,
      );
    for (const did of dids) {
      if (did.scope === parent.scope && did.name === parent.name)
        throw fail('UnsupportedOperation', 'Self-append is not valid!');
      flat.push({ ...did, parent: parent.id, isContainer: parent.did_type === 'C' });
    }
  });
  if (archives.length > 0) await attachToArchives(tx, archives, options);
  if (flat.length === 0) return 0;
  const byId = new Map(parents.map((parent) => [parent.id, parent]));
  // In place of foreign keys, and so that no copy of them appears unseen.
  const ids = await lockFilesByName(tx, flat, 'content');
  const { now, ignoreDuplicate = false } = options;
  const datasets = parents.filter((parent) => parent.did_type === 'D').map((parent) => parent.id);
  // The planner thinks little of `made` and `asked`: what compares them is written so that it hashes.
  const [result] = await tx<
    {
      made: number;
      problems: { parent: number; position: number; problem: AttachProblem['problem'] }[] | null;
      containers: { parent: number; child: number; position: number; did_type: string }[] | null;
    }[]
  >`
    with asked as materialized (
      select f.parent, f.is_container, f.position, d.id, d.did_type, d.is_archive,
             case when d.id is null then 'missing'
                  when f.is_container = (d.did_type = 'F') then 'type'
                  when d.availability = 'L' then 'lost'
                  when f.bytes is not null and f.bytes is distinct from d.bytes then 'bytes'
                  when f.adler32 is not null and lower(f.adler32) <> lower(d.adler32) then 'adler32'
                  when f.md5 is not null and lower(f.md5) <> lower(d.md5) then 'md5'
             end as problem
      from unnest(${flat.map((did) => did.parent)}::bigint[], ${flat.map((did) => String(did.isContainer))}::text[]::boolean[],
                  ${ids}::bigint[],
                  ${flat.map((did) => (did.type === undefined || did.type === 'F' ? (did.bytes ?? null) : null))}::bigint[],
                  ${flat.map((did) => did.adler32 ?? null)}::text[], ${flat.map((did) => did.md5 ?? null)}::text[])
        with ordinality as f (parent, is_container, id, bytes, adler32, md5, position)
      left join dids d on d.id = f.id
    ), made as (
      insert into contents (parent_id, child_id, created_at)
      select distinct parent, id, ${now}::timestamptz from asked where problem is null order by parent, id
      on conflict (parent_id, child_id) do nothing
      returning parent_id, child_id
    ), orders as (
      insert into updated_dids (did_id, action, children, next_attempt_at, created_at)
      select parent_id, 'A', array_agg(child_id order by child_id), ${now}::timestamptz, ${now}::timestamptz
      from made group by parent_id
    ), held as (
      insert into collection_replica_deltas (did_id, rse_id, length, bytes, available_length, available_bytes)
      select made.parent_id, r.rse_id, count(*), sum(r.bytes),
             count(*) filter (where r.state = 'A'), coalesce(sum(r.bytes) filter (where r.state = 'A'), 0)
      from made join replicas r on r.did_id = made.child_id
      where made.parent_id = any(${datasets}::bigint[])
      group by made.parent_id, r.rse_id
    ), archived as (
      update dids set is_archive = true
      where is_archive is not true and id = any(array(select parent from asked where is_archive and not is_container))
    ), refused as (
      select parent, position, problem from asked where problem is not null
      union all
      select parent, position, 'attached'
      from asked
      where problem is null and not ${ignoreDuplicate}::boolean
        and (parent, id) not in (select parent_id, child_id from made)
      limit 1
    )
    select (select count(*) from made) as made, (select json_agg(refused) from refused) as problems,
           (select json_agg(json_build_object('parent', asked.parent, 'child', asked.id, 'position', asked.position,
                                              'did_type', asked.did_type))
            from asked where is_container and (parent, id) in (select parent_id, child_id from made)) as containers`;
  const problem = result!.problems?.[0];
  const named = <T extends { position: number }>(row: T) => {
    const { scope, name } = flat[row.position - 1]!;
    return { ...row, scope, name };
  };
  if (problem) throw refuseAttachment(named(problem), byId.get(problem.parent)!);
  const nested = (result!.containers ?? []).map(named);
  if (nested.length > 0) await settleContainers(tx, nested, byId, options);
  return result!.made;
};

type Nested = { parent: number; child: number; scope: string; name: string; did_type: string };

const settleContainers = async (
  tx: Transaction,
  nested: readonly Nested[],
  byId: Map<number, Did>,
  { account }: AttachOptions,
) => {
  const kinds = new Map<number, string>();
  for (const child of nested) {
    const kind = kinds.get(child.parent);
    if (kind && kind !== child.did_type) {
      throw fail(
        'UnsupportedOperation',
        `Mixed collection is not allowed: '${full(child)}' is a ${child.did_type === 'C' ? 'container' : 'dataset'}. Attach datasets and containers in separate calls.`,
      );
    }
    kinds.set(child.parent, child.did_type);
  }
  const deep = nested.filter((child) => child.did_type === 'C');
  if (deep.length > 0) {
    await refuseCircles(
      tx,
      deep.map((child) => child.parent),
      deep.map((child) => child.child),
    );
  }
  await emit(
    tx,
    nested.map((child) => {
      const parent = byId.get(child.parent)!;
      const childtype = child.did_type === 'C' ? 'CONTAINER' : 'DATASET';
      return {
        type: 'REGISTER_CNT',
        payload: {
          account,
          scope: parent.scope,
          name: parent.name,
          childscope: child.scope,
          childname: child.name,
          childtype,
        },
      };
    }),
  );
};
