import type { Queryable } from '@leman/foundation';

export interface QuarantinedFile {
  path: string;
  scope: string | null;
  name: string | null;
}

/** Puts files that no catalogue knows into quarantine at an RSE; known ones are left as they are. One statement. */
export const quarantineReplicas = async (
  sql: Queryable,
  rseId: string,
  files: readonly QuarantinedFile[],
  now: Date,
): Promise<void> => {
  await sql`
    insert into quarantined_replicas (rse_id, path, scope, name, created_at)
    select ${rseId}::text::uuid, path, scope, name, ${now}::timestamptz
    from unnest(${files.map((file) => file.path)}::text[], ${files.map((file) => file.scope)}::text[],
                ${files.map((file) => file.name)}::text[]) as f (path, scope, name)
    where not exists (select from replicas r where r.rse_id = ${rseId}::text::uuid and r.path = f.path)
    on conflict (rse_id, path) do nothing`;
};
