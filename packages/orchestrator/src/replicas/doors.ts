import type { Lake } from '../lake.ts';
import { buildPfn, usableProtocols } from '../rses/build-pfn.ts';
import { lfn2pfnAlgorithm, lfnToPath } from '../rses/lfn-to-path.ts';
import type { ProtocolDomain, Rse, RseDirectory, RseProtocol } from '../rses/rse-directory.ts';
import { signPfn } from './sign-pfn.ts';

/** One way to the bytes of an RSE. */
export interface Door {
  domain: ProtocolDomain;
  protocol: RseProtocol;
  priority: number;
}

export interface DoorOptions {
  /** null: lan where the client is at the RSE's site, wan elsewhere. */
  domain: 'lan' | 'wan' | 'all' | null;
  /** undefined: the best protocol of each domain. */
  schemes: readonly string[] | undefined;
  site: string | undefined;
  /** Sign the URLs of RSEs that ask for it. */
  sign: { subject: string; lifetimeSeconds: number } | undefined;
}

/** One URL of a copy as it goes out. */
export interface Pfn {
  pfn: string;
  rse: Rse;
  domain: 'lan' | 'wan' | 'zip';
  priority: number;
  client_extract: boolean;
}

interface RseDoors {
  rse: Rse;
  doors: Door[];
  /** With root added: archives are read from inside by xroot. */
  archiveDoors: Door[];
  suffix: string;
}

const select = (
  rse: Rse,
  domains: readonly ProtocolDomain[],
  schemes: readonly string[] | undefined,
  extra: readonly string[],
): Door[] => {
  const doors: Door[] = [];
  const wanted = schemes
    ? [...schemes]
    : domains.flatMap((domain) =>
        usableProtocols(rse, 'read', domain)
          .slice(0, 1)
          .map((protocol) => protocol.scheme),
      );
  for (const scheme of new Set([...wanted, ...extra])) {
    for (const domain of domains) {
      const [protocol] = usableProtocols(rse, 'read', domain, [scheme]);
      if (protocol) doors.push({ domain, protocol, priority: protocol.domains[domain].read! });
    }
  }
  return doors;
};

const multirange = (rse: Rse): string => {
  const value = rse.attributes.get('simulate_multirange');
  if (value === undefined) return '';
  const connections = Number.parseInt(value, 10);
  return `&#multirange=false&nconnections=${connections > 0 && String(connections) === value.trim() ? connections : 1}`;
};

/**
 * Builds the URLs of copies; what belongs to an RSE is worked out once per listing.
 */
export const createDoors = (lake: Lake, directory: RseDirectory, options: DoorOptions) => {
  const known = new Map<string, RseDoors | undefined>();
  const doorsOf = (rseId: string): RseDoors | undefined => {
    if (known.has(rseId)) return known.get(rseId);
    const rse = directory.byId.get(rseId);
    let made: RseDoors | undefined;
    if (rse) {
      const local = options.site !== undefined && rse.attributes.get('site') === options.site;
      const domains: ProtocolDomain[] =
        options.domain === 'all' ? ['wan', 'lan'] : [options.domain ?? (local ? 'lan' : 'wan')];
      made = {
        rse,
        doors: select(rse, domains, options.schemes, []),
        archiveDoors: select(rse, domains, options.schemes, ['root']),
        suffix: multirange(rse),
      };
    }
    known.set(rseId, made);
    return made;
  };
  const url = (at: RseDoors, { protocol }: Door, path: string): string => {
    const plain = buildPfn(protocol, path);
    const signed = options.sign && protocol.scheme === 'https' && at.rse.attributes.has('sign_url');
    return (signed ? signPfn(lake, plain, 'read', options.sign!) : plain) + at.suffix;
  };
  // Copies of a file share their path where the algorithm is the same.
  let lastKey = '';
  let lastPath = '';
  const pathAt = ({ rse }: RseDoors, scope: string, name: string, stored: string | null): string => {
    if (!rse.deterministic && stored !== null) return stored;
    const algorithm = lfn2pfnAlgorithm(rse);
    const key = `${algorithm} ${scope}:${name}`;
    if (key !== lastKey) {
      lastPath = lfnToPath(algorithm, scope, name);
      lastKey = key;
    }
    return lastPath;
  };
  return {
    rse: (rseId: string): Rse | undefined => directory.byId.get(rseId),
    /** The URLs of a copy of a file. */
    ofFile(rseId: string, scope: string, name: string, stored: string | null, into: Pfn[]): void {
      const at = doorsOf(rseId);
      if (!at || at.doors.length === 0) return;
      const path = pathAt(at, scope, name, stored);
      for (const door of at.doors) {
        into.push({
          pfn: url(at, door, path),
          rse: at.rse,
          domain: door.domain,
          priority: door.priority,
          client_extract: false,
        });
      }
    },
    /** The URLs of a file inside a copy of an archive. */
    ofArchive(
      rseId: string,
      archive: { scope: string; name: string; path: string | null },
      member: string,
      into: Pfn[],
    ): void {
      const at = doorsOf(rseId);
      if (!at) return;
      const path = pathAt(at, archive.scope, archive.name, archive.path);
      for (const door of at.archiveDoors) {
        const plain = url(at, door, path);
        const isRoot = door.protocol.scheme === 'root';
        const unzip = `xrdcl.unzip=${encodeURIComponent(member)}`;
        // The field's client names the archive on its disk by what follows the last slash, where a token is too long.
        const pfn = plain.includes('?')
          ? `${plain}&${unzip}&archive=/${path.split('/').at(-1)}`
          : `${plain}?${unzip}`;
        into.push({
          pfn,
          rse: at.rse,
          domain: 'zip',
          priority: isRoot ? -1 : door.priority,
          client_extract: !isRoot,
        });
      }
    },
  };
};
