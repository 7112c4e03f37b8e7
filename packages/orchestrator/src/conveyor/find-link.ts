import { usableProtocols } from '../rses/build-pfn.ts';
import type { Rse, RseProtocol } from '../rses/rse-directory.ts';

export interface Link {
  source: RseProtocol;
  destination: RseProtocol;
}

/** Which schemes of a destination can take from which scheme of a source in a third-party copy. */
const compatible: Record<string, readonly string[]> = {
  https: ['https', 'davs', 'http', 'dav', 's3s'],
  davs: ['https', 'davs', 'http', 'dav', 's3s'],
  http: ['http', 'dav', 'https', 'davs'],
  dav: ['http', 'dav', 'https', 'davs'],
  root: ['root', 'xroot'],
  xroot: ['root', 'xroot'],
  gsiftp: ['gsiftp'],
  srm: ['srm', 'gsiftp'],
};

/** The best pair of protocols for a copy between two storages, by the priorities of both; undefined: no common one. */
export const findLink = (source: Rse, destination: Rse): Link | undefined => {
  const from = usableProtocols(source, 'third_party_copy_read', 'wan');
  for (const to of usableProtocols(destination, 'third_party_copy_write', 'wan')) {
    const schemes = compatible[to.scheme] ?? [to.scheme];
    const best = from.find((protocol) => schemes.includes(protocol.scheme));
    if (best) return { source: best, destination: to };
  }
  return undefined;
};
