import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';
import type { Parameters } from '../server/parameters.ts';
import { readProtocol } from './read-protocol.ts';
import type { Rse } from './rse-directory.ts';

/**
 * Adds a protocol to an RSE. Host name `localhost` and port 0 unless given.
 * @throws as `readProtocol`; InvalidObject (400) without `impl`, or SRM without its web service path; Duplicate (409)
 */
export const addProtocol = async (
  { sql, clock, wakeups }: Lake,
  rse: Rse,
  scheme: string,
  body: Parameters,
): Promise<void> => {
  const { extended_attributes: extended = null, ...columns } = readProtocol({ ...body, scheme });
  if (columns.impl === undefined)
    throw fail(
      'InvalidObject',
      'Missing values! A protocol needs impl, e.g. rucio.rse.protocols.webdav.Default.',
    );
  if (scheme === 'srm' && !(extended as { web_service_path?: unknown } | null)?.web_service_path) {
    throw fail(
      'InvalidObject',
      'Missing values! For SRM, extended_attributes and web_service_path must be specified.',
    );
  }
  const row = { hostname: 'localhost', port: 0, prefix: '', ...columns, rse_id: rse.id };
  const now = new Date(clock.now());
  const rows = await sql`
    insert into rse_protocols ${sql({ ...row, created_at: now, updated_at: now, extended_attributes: sql.json(extended as never) })}
    on conflict do nothing returning port`;
  if (rows.length === 0) {
    throw fail(
      'Duplicate',
      `Protocol '${scheme}' on port ${row.port} already registered for '${rse.rse}' with hostname '${row.hostname}'.`,
    );
  }
  wakeups.wake('rses');
};
