import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import { requireScopeOwner } from '../accounts/permissions.ts';
import type { DidInput } from '../dids/check-input.ts';
import { setMetadata } from '../dids/set-metadata.ts';
import type { Caller, Lake } from '../lake.ts';
import { buildPfn, parsePfn, usableProtocols } from '../rses/build-pfn.ts';
import { findRse } from '../rses/find-rse.ts';
import { lfn2pfnAlgorithm, lfnToPath } from '../rses/lfn-to-path.ts';
import { type Rse, rseDirectory } from '../rses/rse-directory.ts';
import { registerReplicas } from './register-replicas.ts';
import { requireMayAdd } from './require-may-add.ts';

/** When a copy without rules may go, by the RSE's attribute tombstone_delay (seconds; negative: at once). */
export const defaultTombstone = (rse: Rse, now: Date): Date | null => {
  const delay = Number(rse.attributes.get('tombstone_delay') ?? '');
  if (!Number.isFinite(delay) || delay === 0) return null;
  return delay < 0 ? new Date(0) : new Date(now.getTime() + delay * 1000);
};

/**
 * The path a PFN names at an RSE, below the prefix of the protocol.
 * @throws InvalidPath 400 when it belongs to no protocol of the RSE that can write
 */
const pathOfPfn = (rse: Rse, pfn: string): string => {
  const clean = pfn.replace(/[?#].*$/, '');
  for (const domain of ['wan', 'lan'] as const) {
    for (const protocol of usableProtocols(rse, 'write', domain)) {
      const path = parsePfn(protocol, clean);
      if (path !== undefined) return path;
    }
  }
  throw fail(
    'InvalidPath',
    `The PFN ${pfn.slice(0, 300)} belongs to no protocol of ${rse.rse} that can write. Check scheme, host, port and prefix.`,
  );
};

/** The explicit path to store; null where the RSE computes it. @throws InvalidPath 400, UnsupportedOperation 409 */
const storedPath = (rse: Rse, { scope, name, pfn }: DidInput): string | null => {
  if (!rse.deterministic) {
    if (!pfn)
      throw fail(
        'UnsupportedOperation',
        `PFN needed for this (non deterministic) RSE ${rse.rse}. Say where ${scope}:${name} is.`,
      );
    return pathOfPfn(rse, pfn);
  }
  if (!pfn) return null;
  const expected = lfnToPath(lfn2pfnAlgorithm(rse), scope, name).replace(/^\/+/, '');
  if (pathOfPfn(rse, pfn).replace(/^\/+/, '') !== expected) {
    const [protocol] = usableProtocols(rse, 'write', 'wan');
    const hint = protocol ? ` It must be ${buildPfn(protocol, expected)}.` : '';
    throw fail(
      'InvalidPath',
      `The PFN ${pfn.slice(0, 300)} is not where ${rse.rse} keeps ${scope}:${name}.${hint}`,
    );
  }
  return null;
};

/**
 * Who may register copies at an RSE, and whether it takes any now.
 * @throws RSENotFound, AccessDenied, UnsupportedOperation, ResourceTemporaryUnavailable 503
 */
export const checkTarget = async (
  lake: Lake,
  caller: Caller,
  name: string,
  ignoreAvailability: boolean,
): Promise<Rse> => {
  const rse = findRse(await rseDirectory(lake), name);
  await requireMayAdd(lake.sql, caller, [rse]);
  if (rse.volatile) throw fail('UnsupportedOperation', `Cannot add replicas on volatile RSE ${name}.`);
  if (!rse.availability_write && !(ignoreAvailability && caller.isAdmin)) {
    throw fail(
      'ResourceTemporaryUnavailable',
      `${name} is temporary unavailable for writing. Try later or choose another RSE.`,
    );
  }
  return rse;
};

/**
 * Registers copies inside a transaction: paths from PFNs, metadata of new files.
 * @throws what registerReplicas and setMetadata throw; InvalidPath; AccessDenied when new DIDs would appear in scopes
 *   of others
 */
export const addReplicasIn = async (
  tx: Transaction,
  lake: Lake,
  caller: Caller,
  rse: Rse,
  files: readonly DidInput[],
): Promise<void> => {
  const now = new Date(lake.clock.now());
  const tombstone = defaultTombstone(rse, now);
  const unsized = files.find((file) => file.bytes === undefined);
  if (unsized)
    throw fail(
      'InvalidObject',
      `Problem validating dids: bytes of ${unsized.scope}:${unsized.name} is needed.`,
    );
  const { ids, fresh } = await registerReplicas(tx, {
    rseId: rse.id,
    account: caller.account,
    now,
    files: files.map((file) => ({
      scope: file.scope,
      name: file.name,
      bytes: file.bytes!,
      adler32: file.adler32 ?? null,
      md5: file.md5 ?? null,
      guid: (file.meta?.guid as string | undefined)?.replace(/^\{|\}$/g, '') ?? null,
      events: typeof file.meta?.events === 'number' ? file.meta.events : null,
      account: file.account ?? null,
      state: file.state ?? 'A',
      path: storedPath(rse, file),
      tombstone,
    })),
  });
  if (fresh.size > 0) {
    const scopes = [...fresh].map((position) => files[position]!.scope);
    await requireScopeOwner(tx, caller, scopes, 'register new files', { mockIsOpen: true });
  }
  const changes = [...fresh].flatMap((position) => {
    const { guid: _, events, ...rest } = files[position]!.meta ?? {};
    const meta = typeof events === 'number' || events === undefined ? rest : { ...rest, events };
    return Object.keys(meta).length === 0 ? [] : [{ didId: ids[position]!, didType: 'F', meta }];
  });
  if (changes.length > 0) await setMetadata(tx, changes, { now });
};

/**
 * Registers copies of files at an RSE; all or nothing.
 * @throws what checkTarget and addReplicasIn throw
 */
export const addReplicas = async (
  lake: Lake,
  caller: Caller,
  rseName: string,
  files: readonly DidInput[],
  ignoreAvailability: boolean,
): Promise<void> => {
  const rse = await checkTarget(lake, caller, rseName, ignoreAvailability);
  await lake.sql.begin((tx) => addReplicasIn(tx, lake, caller, rse, files));
  // What waits for a copy to read from may go.
  lake.wakeups.wake('conveyor-preparer');
};
