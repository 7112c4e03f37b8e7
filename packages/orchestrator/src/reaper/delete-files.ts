import type { Facts } from '@leman/contracts';
import { type Protocols, StorageError } from '@leman/protocols';
import { storageToken } from '../conveyor/storage-token.ts';
import type { Lake } from '../lake.ts';
import { buildPfn, usableProtocols } from '../rses/build-pfn.ts';
import { lfn2pfnAlgorithm, lfnToPath } from '../rses/lfn-to-path.ts';
import type { Rse } from '../rses/rse-directory.ts';
import type { Doomed } from './claim-deletable.ts';

export interface Deletion {
  file: Doomed;
  url: string;
  /** Undefined: it failed. */
  outcome: 'deleted' | 'absent' | undefined;
  facts: Facts;
  /** Seconds. */
  duration: number;
}

const AT_ONCE = 16;
/** Reading: XRootD 5 looks at a file with the same token before it deletes it. */
const RIGHTS = ['modify', 'read'] as const;
/** So many failures of the storage itself in a row, and the rest of the batch is not tried. */
const ENOUGH = 5;

/**
 * Deletes files at a storage, 16 at a time, each with a token for that file alone. A file that is not there counts as
 * deleted. None is begun after `until` (milliseconds since 1970) or the signal: those are left out of the answer. Never
 * throws: what went wrong is told per file. Storages of scheme mock have nothing to delete.
 */
export const deleteFiles = async (
  lake: Lake,
  protocols: Protocols,
  rse: Rse,
  files: readonly Doomed[],
  { signal, until }: { signal: AbortSignal; until: number },
): Promise<Deletion[]> => {
  const protocol = usableProtocols(rse, 'delete', 'wan')[0] ?? usableProtocols(rse, 'delete', 'lan')[0];
  const algorithm = rse.deterministic ? lfn2pfnAlgorithm(rse) : 'hash';
  const urlOf = (file: Doomed): string =>
    protocol ? buildPfn(protocol, file.path ?? lfnToPath(algorithm, file.scope, file.name)) : '';
  const failed = (file: Doomed, facts: Facts): Deletion => ({
    file,
    url: urlOf(file),
    outcome: undefined,
    facts: { rse: rse.rse, ...facts },
    duration: 0,
  });
  if (!protocol) return files.map((file) => failed(file, { detail: 'it has no protocol for deletion' }));
  if (protocol.scheme === 'mock') {
    return files.map((file) => ({ file, url: urlOf(file), outcome: 'deleted', facts: {}, duration: 0 }));
  }
  if (!protocols.supports(urlOf(files[0]!))) {
    return files.map((file) => failed(file, { detail: `no protocol here speaks ${protocol.scheme}` }));
  }
  let broken: StorageError | undefined;
  let inARow = 0;
  const one = async (file: Doomed): Promise<Deletion> => {
    if (broken) return failed(file, broken.facts);
    const url = urlOf(file);
    const from = performance.now();
    try {
      const outcome = await protocols
        .of(url)
        .delete(url, { token: storageToken(lake, url, RIGHTS), signal, side: 'destination' });
      inARow = 0;
      if (outcome === 'changed') return failed(file, { detail: 'another file is there now' });
      return { file, url, outcome, facts: {}, duration: (performance.now() - from) / 1000 };
    } catch (error) {
      if (!(error instanceof StorageError)) return failed(file, { detail: (error as Error).message });
      inARow = error.ofStorage ? inARow + 1 : 0;
      if (inARow >= ENOUGH) broken = error;
      return failed(file, error.facts);
    }
  };
  const deletions: Deletion[] = [];
  const queue = files.values();
  const worker = async () => {
    for (const file of queue) {
      if (lake.clock.now() >= until || signal.aborted) return;
      deletions.push(await one(file));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return deletions;
};
