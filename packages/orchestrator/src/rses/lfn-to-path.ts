import { hash } from 'node:crypto';
import { fail } from '@leman/contracts';
import type { Rse } from './rse-directory.ts';

/** Algorithm of an RSE without the attribute `lfn2pfn_algorithm`. */
export const DEFAULT_LFN2PFN = 'hash';

const scopePath = (scope: string): string =>
  /^(user|group)/.test(scope) ? scope.replaceAll('.', '/') : scope;

/** The algorithm by which an RSE names its files. */
export const lfn2pfnAlgorithm = (rse: Rse): string =>
  rse.attributes.get('lfn2pfn_algorithm') || DEFAULT_LFN2PFN;

/**
 * Where a deterministic RSE keeps a file, below the prefix of its protocol and without a leading slash. Reference:
 * Rucio REST contract 2.4.
 *
 * @throws ConfigurationError when the algorithm is not known here.
 */
export const lfnToPath = (algorithm: string, scope: string, name: string): string => {
  if (algorithm === 'hash') {
    const digest = hash('md5', `${scope}:${name}`);
    return `${scopePath(scope)}/${digest.slice(0, 2)}/${digest.slice(2, 4)}/${name}`;
  }
  if (algorithm === 'identity') return `${scopePath(scope)}/${name}`;
  throw fail(
    'ConfigurationError',
    `The algorithm '${algorithm}' (RSE attribute lfn2pfn_algorithm) is not known. Set it to hash or identity.`,
  );
};
