import { fail } from '@leman/contracts';
import { sqlState } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import type { Parameters } from '../server/parameters.ts';
import { noSuchProtocol, type ProtocolKey } from './delete-protocols.ts';
import { readProtocol } from './read-protocol.ts';
import type { Rse } from './rse-directory.ts';

const UNIQUE_VIOLATION = '23505';

/**
 * Changes every protocol of an RSE that has the scheme (and host name, and port, when given).
 * @throws as `readProtocol`; RSEProtocolNotSupported (404, before anything else) when there is none; Duplicate (409)
 */
export const updateProtocols = async (
  { sql, clock, wakeups }: Lake,
  rse: Rse,
  key: ProtocolKey,
  body: Parameters,
): Promise<void> => {
  const known = await sql`
    select from rse_protocols where rse_id = ${rse.id} and scheme = ${key.scheme}
      and (${key.hostname ?? null}::text is null or hostname = ${key.hostname ?? null})
      and (${key.port ?? null}::int is null or port = ${key.port ?? null})`;
  if (known.length === 0) throw noSuchProtocol(rse, key);
  const { extended_attributes: extended, ...columns } = readProtocol(body);
  const change = {
    ...columns,
    updated_at: new Date(clock.now()),
    ...(extended === undefined ? {} : { extended_attributes: sql.json(extended as never) }),
  };
  try {
    await sql`
      update rse_protocols set ${sql(change)}
      where rse_id = ${rse.id} and scheme = ${key.scheme}
        and (${key.hostname ?? null}::text is null or hostname = ${key.hostname ?? null})
        and (${key.port ?? null}::int is null or port = ${key.port ?? null})`;
  } catch (error) {
    if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
    throw fail(
      'Duplicate',
      `A protocol with that scheme, hostname and port is already registered for '${rse.rse}'.`,
    );
  }
  wakeups.wake('rses');
};
