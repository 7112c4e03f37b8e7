import { wireAttribute } from '../accounts/attribute-value.ts';
import { lfn2pfnAlgorithm } from './lfn-to-path.ts';
import type { Rse } from './rse-directory.ts';

/** Availability as one number: 4 read, 2 write, 1 delete. */
export const availabilityOf = (
  rse: Pick<Rse, 'availability_read' | 'availability_write' | 'availability_delete'>,
): number =>
  (rse.availability_read ? 4 : 0) + (rse.availability_write ? 2 : 0) + (rse.availability_delete ? 1 : 0);

/** An RSE as a line of `GET /rses/`: all its columns. */
export const wireRseColumns = (rse: Rse): Record<string, unknown> => {
  const { attributes: _attributes, protocols: _protocols, limits: _limits, ...columns } = rse;
  return { ...columns, vo: 'def', availability: availabilityOf(rse), deleted: false, deleted_at: null };
};

/** An RSE as `GET /rses/<rse>` shows it: what a client needs to read and write there. */
export const wireRseSettings = (rse: Rse): Record<string, unknown> => ({
  availability_delete: rse.availability_delete,
  availability_read: rse.availability_read,
  availability_write: rse.availability_write,
  credentials: null,
  deterministic: rse.deterministic,
  domain: ['lan', 'wan'],
  id: rse.id,
  lfn2pfn_algorithm: lfn2pfnAlgorithm(rse),
  protocols: rse.protocols,
  qos_class: rse.qos_class,
  rse: rse.rse,
  rse_type: rse.rse_type,
  sign_url: rse.attributes.get('sign_url') ?? null,
  staging_area: rse.staging_area,
  verify_checksum: wireAttribute(rse.attributes.get('verify_checksum') ?? 'true'),
  volatile: rse.volatile,
});

/** Attributes of an RSE as `GET /rses/<rse>/attr/` shows them, with the defaults of what every RSE has. */
export const wireRseAttributes = (rse: Rse): Record<string, unknown> => ({
  lfn2pfn_algorithm: lfn2pfnAlgorithm(rse),
  verify_checksum: true,
  ...Object.fromEntries([...rse.attributes].map(([key, value]) => [key, wireAttribute(value)])),
});
