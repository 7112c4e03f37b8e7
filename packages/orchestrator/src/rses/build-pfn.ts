import { fail } from '@leman/contracts';
import type { ProtocolDomain, ProtocolOperation, Rse, RseProtocol } from './rse-directory.ts';

const withSlashes = (prefix: string): string => {
  const start = prefix.startsWith('/') ? prefix : `/${prefix}`;
  return start.endsWith('/') ? start : `${start}/`;
};

const isPosix = (protocol: RseProtocol): boolean =>
  protocol.scheme === 'file' || /\.posix\./.test(protocol.impl);

const webServicePath = ({ extended_attributes: extended }: RseProtocol): string => {
  const path = (extended as { web_service_path?: unknown } | null)?.web_service_path;
  return typeof path === 'string' ? path : '';
};

/**
 * The URL of a file at an RSE: `scheme://host:port` + web service path (SRM) + prefix + path. Port 0 is left out. A
 * path that is a URL already stays as it is. Reference: Rucio REST contract 2.4.
 *
 * @param path below the prefix, from `lfnToPath` or stored with the replica.
 */
export const buildPfn = (protocol: RseProtocol, path: string): string => {
  if (/^\w+:\/\//.test(path)) return path;
  const host = protocol.hostname.replace(/^\w+:\/\//, '');
  const port = protocol.port === 0 || isPosix(protocol) ? '' : `:${protocol.port}`;
  const below = protocol.scheme === 'root' ? path : path.replace(/^\/+/, '');
  return `${protocol.scheme}://${host}${port}${webServicePath(protocol)}${withSlashes(protocol.prefix)}${below}`;
};

/** The priority of a protocol for an operation, 0 the best; undefined when it is not usable for it. */
const priorityOf = (
  protocol: RseProtocol,
  operation: ProtocolOperation,
  domain: ProtocolDomain,
): number | undefined =>
  (protocol.domains[domain] as Partial<Record<ProtocolOperation, number | null>>)[operation] ?? undefined;

/** The protocols of an RSE that can do an operation, best first. Empty when there is none. */
export const usableProtocols = (
  rse: Rse,
  operation: ProtocolOperation,
  domain: ProtocolDomain,
  schemes?: readonly string[],
): RseProtocol[] =>
  rse.protocols
    .filter(
      (protocol) =>
        (!schemes || schemes.includes(protocol.scheme)) &&
        priorityOf(protocol, operation, domain) !== undefined,
    )
    .sort((a, b) => priorityOf(a, operation, domain)! - priorityOf(b, operation, domain)!);

/**
 * The best protocol of an RSE for an operation.
 * @throws RSEProtocolNotSupported (404) when it has none.
 */
export const selectProtocol = (
  rse: Rse,
  operation: ProtocolOperation,
  domain: ProtocolDomain,
  schemes?: readonly string[],
): RseProtocol => {
  const [best] = usableProtocols(rse, operation, domain, schemes);
  if (best) return best;
  const among = schemes ? ` among the schemes ${schemes.join(', ')}` : '';
  throw fail(
    'RSEProtocolNotSupported',
    `RSE ${rse.rse} has no protocol for ${operation} over ${domain}${among}. Add one, or give one a priority for it.`,
  );
};

export interface SplitPfn {
  scheme: string;
  hostname: string;
  /** 0 when the URL names none. */
  port: number;
  /** With its leading slash; repeated slashes made one. */
  path: string;
}

/** The parts of a PFN; undefined when the text is no URL with a scheme. SRM's `?SFN=` becomes the path. */
export const splitPfn = (pfn: string): SplitPfn | undefined => {
  const match =
    /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]*)(?::(\d{1,5}))?(\/.*)?$/.exec(pfn);
  if (!match) return undefined;
  const [, scheme, hostname, port, rest = '/'] = match;
  const sfn = /\?SFN=(.*)$/.exec(rest)?.[1];
  return {
    scheme: scheme!,
    hostname: hostname!,
    port: Number(port ?? 0),
    path: (sfn ?? rest).replaceAll(/\/{2,}/g, '/'),
  };
};

const defaultPorts: Readonly<Record<string, number>> = {
  https: 443,
  davs: 443,
  http: 80,
  dav: 80,
  root: 1094,
  xroot: 1094,
  srm: 8443,
};

/**
 * The path of a PFN below the prefix of a protocol, without a leading slash; undefined when the PFN does not belong
 * to that protocol (other scheme, host, port or prefix, or a way out of it).
 */
export const parsePfn = (protocol: RseProtocol, pfn: string): string | undefined => {
  const parts = splitPfn(pfn);
  if (!parts || parts.scheme !== protocol.scheme || /\/\.\.?(\/|$)/.test(parts.path)) return undefined;
  const host = protocol.hostname.replace(/^\w+:\/\//, '');
  const nowhere = host === '' || host === 'localhost';
  if (parts.hostname.toLowerCase() !== host.toLowerCase() && !(nowhere && parts.hostname === ''))
    return undefined;
  const port = defaultPorts[parts.scheme] ?? 0;
  if (!isPosix(protocol) && (parts.port || port) !== (protocol.port || port)) return undefined;
  const prefix = withSlashes(protocol.prefix).replaceAll(/\/{2,}/g, '/');
  if (!parts.path.startsWith(prefix) || parts.path.length === prefix.length) return undefined;
  return parts.path.slice(prefix.length);
};
