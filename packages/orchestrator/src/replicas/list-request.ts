import { fail } from '@leman/contracts';
import { type FastifyRequest, parseWireDate } from '@leman/foundation';
import { clientIp } from '../accounts/require-token.ts';
import { checkNames, shown } from '../dids/check-input.ts';
import type { Lake } from '../lake.ts';
import { optionalBoolean, optionalInteger, optionalText, type Parameters } from '../server/parameters.ts';
import type { ReplicaListing } from './list-replicas.ts';
import { checkSort } from './sort-pfns.ts';

/** Schemes of a Metalink document when none are asked for: all that make sense to a client. */
export const metalinkSchemes = [
  'root',
  'davs',
  'http',
  'https',
  'file',
  'storm',
  'srm+https',
  'scp',
  'rsync',
  'rclone',
  'magnet',
];

const MAX_SIGNATURE_SECONDS = 24 * 3600;
const SIGNATURE_SECONDS = 600;

/** @throws InvalidObject 400 */
const schemesOf = (value: unknown): string[] | undefined => {
  if (value === undefined || value === null) return undefined;
  const list = typeof value === 'string' ? value.split(',') : value;
  if (!Array.isArray(list) || list.length > 50 || list.some((scheme) => typeof scheme !== 'string')) {
    throw fail('InvalidObject', `schemes ${shown(value)} must be a list of names, like ["https", "root"].`);
  }
  return list.length === 0 ? undefined : (list as string[]).map((scheme) => scheme.trim());
};

const domainOf = (value: unknown): ReplicaListing['domain'] => {
  if (value === undefined || value === null) return null;
  if (value === 'lan' || value === 'wan' || value === 'all') return value;
  throw fail('InvalidObject', `domain ${shown(value)} must be lan, wan or all.`);
};

const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** Who may get signed URLs: anybody who is logged in may read; the field asks for the attribute `sign-url`. */
const signing = (request: FastifyRequest, lifetimeSeconds: number): ReplicaListing['sign'] =>
  request.caller ? { subject: request.caller.account, lifetimeSeconds } : undefined;

/**
 * The listing that a body of POST /replicas/list asks for.
 * @throws InvalidObject, TypeError, ValueError, SortingAlgorithmNotSupported 400
 */
export const listingFromBody = (
  lake: Lake,
  request: FastifyRequest,
  body: Parameters,
  metalink: boolean,
): ReplicaListing => {
  const query = request.query as Record<string, string | undefined>;
  const location = body.client_location;
  if (
    location !== undefined &&
    location !== null &&
    (typeof location !== 'object' || Array.isArray(location))
  ) {
    throw fail('InvalidObject', 'client_location must be a dictionary.');
  }
  const client = (location ?? {}) as Record<string, unknown>;
  const updatedAfter =
    body.updated_after === undefined || body.updated_after === null
      ? undefined
      : parseWireDate(body.updated_after);
  if (body.updated_after != null && !updatedAfter) {
    throw fail(
      'ValueError',
      `updated_after ${shown(body.updated_after)} must be like 2026-11-20T05:54:06, or seconds since 1970.`,
    );
  }
  const lifetime =
    optionalInteger(body, 'signature_lifetime', { min: 1, max: MAX_SIGNATURE_SECONDS }) ?? SIGNATURE_SECONDS;
  const nrandom = optionalInteger(body, 'nrandom', { min: 0 });
  return {
    dids: checkNames(body.dids, { min: 0 }),
    schemes: schemesOf(body.schemes) ?? (metalink ? metalinkSchemes : undefined),
    unavailable: optionalBoolean(body, 'unavailable', false),
    ignoreAvailability: optionalBoolean(body, 'ignore_availability', 'unavailable' in body),
    allStates: optionalBoolean(body, 'all_states', false),
    rseExpression: optionalText(body, 'rse_expression', 3000) ?? undefined,
    domain: domainOf(body.domain),
    resolveArchives: optionalBoolean(body, 'resolve_archives', true),
    resolveParents: optionalBoolean(body, 'resolve_parents', false),
    updatedAfter,
    nrandom: nrandom || undefined,
    sort: checkSort(query.sort ?? query.select ?? body.sort),
    limit: optionalInteger({ limit: query.limit || undefined }, 'limit', { min: 0 }),
    site: typeof client.site === 'string' && client.site !== '' ? client.site : undefined,
    sign: signing(request, Math.min(lifetime, lake.settings.storageTokenLifetime)),
    client: {
      ip: clientIp(request),
      site: typeof client.site === 'string' && client.site !== '' ? client.site : undefined,
      latitude: number(client.latitude),
      longitude: number(client.longitude),
    },
  };
};

/**
 * The listing of one DID that a query asks for (GET /replicas/<did>, /redirect/<did>).
 * @throws SortingAlgorithmNotSupported 404
 */
export const listingFromQuery = (
  lake: Lake,
  request: FastifyRequest,
  options: { schemes?: string[]; sort?: string },
): ReplicaListing => {
  const { scope, name } = request.params as { scope: string; name: string };
  const query = request.query as Record<string, string | string[] | undefined>;
  const one = (key: string) => (Array.isArray(query[key]) ? query[key][0] : query[key]) || undefined;
  const schemes = query.schemes === undefined ? undefined : [query.schemes].flat().join(',');
  return {
    dids: checkNames([{ scope, name }]),
    schemes: schemesOf(schemes) ?? options.schemes,
    unavailable: false,
    ignoreAvailability: true,
    allStates: false,
    rseExpression: undefined,
    domain: null,
    resolveArchives: true,
    resolveParents: false,
    updatedAfter: undefined,
    nrandom: undefined,
    sort: checkSort(one('sort') ?? one('select') ?? options.sort, 404),
    limit: optionalInteger({ limit: one('limit') }, 'limit', { min: 0 }),
    site: one('site'),
    sign: signing(request, Math.min(SIGNATURE_SECONDS, lake.settings.storageTokenLifetime)),
    client: { ip: clientIp(request), site: one('site'), latitude: undefined, longitude: undefined },
  };
};
