/**
 * The metadata keys that are columns of a DID: everything else lives in the JSON document (column meta).
 * Reference: Rucio REST contract 2.1 (reserved keys) and 5 (GET /dids/<did>/meta).
 */
export type ColumnType = 'text' | 'bigint' | 'boolean' | 'timestamptz';

/** Columns that clients may set, with their type. */
export const settableColumns: Readonly<Record<string, ColumnType>> = {
  guid: 'text',
  events: 'bigint',
  project: 'text',
  datatype: 'text',
  run_number: 'bigint',
  stream_name: 'text',
  prod_step: 'text',
  version: 'text',
  campaign: 'text',
  task_id: 'bigint',
  panda_id: 'bigint',
  lumiblocknr: 'bigint',
  provenance: 'text',
  phys_group: 'text',
  transient: 'boolean',
  hidden: 'boolean',
  is_new: 'boolean',
  purge_replicas: 'boolean',
  is_archive: 'boolean',
  constituent: 'boolean',
  accessed_at: 'timestamptz',
  closed_at: 'timestamptz',
  eol_at: 'timestamptz',
  access_cnt: 'bigint',
};

/** Columns that only the catalogue itself sets. */
export const reservedColumns: Readonly<Record<string, ColumnType>> = {
  scope: 'text',
  name: 'text',
  account: 'text',
  did_type: 'text',
  is_open: 'boolean',
  monotonic: 'boolean',
  obsolete: 'boolean',
  complete: 'boolean',
  availability: 'text',
  suppressed: 'boolean',
  bytes: 'bigint',
  length: 'bigint',
  md5: 'text',
  adler32: 'text',
  expired_at: 'timestamptz',
  deleted_at: 'timestamptz',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
};

/** Keys that clients may not set, also those that the field keeps for itself without a column here. */
export const reservedKeys: ReadonlySet<string> = new Set([
  ...Object.keys(reservedColumns),
  'rule_evaluation_action',
  'rule_evaluation_required',
]);

/** Every metadata column, in the order of nothing in particular. */
export const metadataColumns: Readonly<Record<string, ColumnType>> = {
  ...reservedColumns,
  ...settableColumns,
};
