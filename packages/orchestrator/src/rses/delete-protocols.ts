import { type FieldError, fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';
import type { Rse } from './rse-directory.ts';

/** Which protocols of an RSE: all of a scheme, or those at a host, or at a host and port. */
export interface ProtocolKey {
  scheme: string;
  hostname?: string;
  port?: number;
}

export const noSuchProtocol = (rse: Rse, { scheme, hostname, port }: ProtocolKey): FieldError =>
  fail(
    'RSEProtocolNotSupported',
    `RSE '${rse.rse}' does not support protocol '${scheme}'${hostname === undefined ? '' : ` for hostname '${hostname}'`}${port === undefined ? '' : ` on port '${port}'`}.`,
  );

/**
 * Removes protocols of an RSE.
 * @throws RSEProtocolNotSupported (404) when there is none.
 */
export const deleteProtocols = async ({ sql, wakeups }: Lake, rse: Rse, key: ProtocolKey): Promise<void> => {
  const rows = await sql`
    delete from rse_protocols
    where rse_id = ${rse.id} and scheme = ${key.scheme}
      and (${key.hostname ?? null}::text is null or hostname = ${key.hostname ?? null})
      and (${key.port ?? null}::int is null or port = ${key.port ?? null})
    returning port`;
  if (rows.length === 0) throw noSuchProtocol(rse, key);
  wakeups.wake('rses');
};
