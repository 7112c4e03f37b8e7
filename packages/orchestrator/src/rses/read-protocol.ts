import { fail } from '@leman/contracts';
import type { Parameters } from '../server/parameters.ts';

const priorityColumns = [
  'read_lan',
  'write_lan',
  'delete_lan',
  'read_wan',
  'write_wan',
  'delete_wan',
  'third_party_copy_read',
  'third_party_copy_write',
] as const;
type PriorityColumn = (typeof priorityColumns)[number];

/** The columns of a protocol that a body sets; those it does not name are absent. */
export type ProtocolColumns = Partial<
  {
    scheme: string;
    hostname: string;
    port: number;
    prefix: string;
    impl: string;
    extended_attributes: unknown;
  } & Record<PriorityColumn, number | null>
>;

const operations = ['read', 'write', 'delete', 'third_party_copy_read', 'third_party_copy_write'];
const MAX_PRIORITY = 2 ** 31 - 1;

const priorityOf = (value: unknown, where: string): number | null => {
  if (value === null) return null;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_PRIORITY)
    return value;
  throw fail(
    'RSEProtocolPriorityError',
    `The provided priority (${JSON.stringify(value)}) for ${where} is not supported. Use null or a whole number of at least 0.`,
  );
};

const readDomains = (domains: unknown, columns: ProtocolColumns): void => {
  if (typeof domains !== 'object' || domains === null)
    throw fail('InvalidObject', "'domains' must be a dictionary.");
  for (const [domain, priorities] of Object.entries(domains)) {
    if (domain !== 'lan' && domain !== 'wan') {
      throw fail(
        'RSEProtocolDomainNotSupported',
        `The protocol domain '${domain}' is not defined in the schema. Use lan or wan.`,
      );
    }
    if (typeof priorities !== 'object' || priorities === null)
      throw fail('InvalidObject', `The domain ${domain} must be a dictionary.`);
    for (const [operation, value] of Object.entries(priorities as object)) {
      if (!operations.includes(operation)) {
        throw fail(
          'RSEOperationNotSupported',
          `Operation '${operation}' not defined in schema. Use one of ${operations.join(', ')}.`,
        );
      }
      const column = (
        operation.startsWith('third_party') ? operation : `${operation}_${domain}`
      ) as PriorityColumn;
      columns[column] = priorityOf(value, `operation '${operation}' in domain '${domain}'`);
    }
  }
};

const textOf = (body: Parameters, key: string): string => {
  const value = body[key];
  if (value === null) throw fail('InvalidObject', `Missing values! '${key}' must not be null.`);
  if (typeof value !== 'string' || value.length > 1024)
    throw fail('InvalidObject', `'${key}' must be a text of at most 1024 characters.`);
  return value;
};

/**
 * Reads the body that describes a protocol.
 *
 * @throws InvalidObject (400), RSEProtocolDomainNotSupported, RSEOperationNotSupported (404),
 * RSEProtocolPriorityError (409)
 */
export const readProtocol = (body: Parameters): ProtocolColumns => {
  const columns: ProtocolColumns = {};
  for (const key of ['scheme', 'hostname', 'impl'] as const)
    if (body[key] !== undefined) columns[key] = textOf(body, key);
  if (body.prefix !== undefined) columns.prefix = body.prefix === null ? '' : textOf(body, 'prefix');
  if (body.port !== undefined) {
    const port = typeof body.port === 'string' && /^\d{1,5}$/.test(body.port) ? Number(body.port) : body.port;
    if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65_535) {
      throw fail('InvalidObject', "'port' must be a whole number from 0 to 65535.");
    }
    columns.port = port;
  }
  for (const key of priorityColumns) if (body[key] !== undefined) columns[key] = priorityOf(body[key], key);
  if (body.domains !== undefined && body.domains !== null) readDomains(body.domains, columns);
  if (body.extended_attributes !== undefined) columns.extended_attributes = body.extended_attributes;
  return columns;
};
