import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import type { Caller, Lake } from '../lake.ts';
import { attachDids } from './attach-dids.ts';
import { type DidInput, shown } from './check-input.ts';
import { didExtensions } from './extensions.ts';
import { registerDids } from './register-dids.ts';
import { endsAtOnce, setMetadata } from './set-metadata.ts';

export interface CollectionSpec {
  scope: string;
  name: string;
  did_type: 'D' | 'C';
  account?: string;
  monotonic: boolean;
  /** Seconds from now. */
  lifetime?: number;
  meta: Readonly<Record<string, unknown>>;
  dids: readonly DidInput[];
  /** RSE where the files of `dids` get registered at the same time. */
  rse?: string;
  rules: readonly Record<string, unknown>[];
}

/** The data types of datasets are a closed list (conventions). @throws InvalidObject 400 */
const checkDatatypes = async (tx: Transaction, specs: readonly CollectionSpec[]): Promise<void> => {
  const asked = specs
    .filter((spec) => spec.did_type === 'D' && spec.meta.datatype != null)
    .map((spec) => String(spec.meta.datatype));
  if (asked.length === 0) return;
  const [wrong] = await tx<{ value: string }[]>`
    select value from unnest(${asked}::text[]) as asked (value)
    where not exists (select from did_key_values k where k.key = 'datatype' and k.value = asked.value) limit 1`;
  if (wrong) {
    throw fail(
      'InvalidObject',
      `The value ${shown(wrong.value)} for the key datatype is not valid. GET /meta_conventions/datatype/ lists those that are.`,
    );
  }
};

/** Owners that are named must be accounts. @throws AccountNotFound 404 */
const requireAccounts = async (tx: Transaction, specs: readonly CollectionSpec[]): Promise<void> => {
  const named = specs.flatMap((spec) => spec.account ?? []);
  if (named.length === 0) return;
  const [unknown] = await tx<{ account: string }[]>`
    select account from unnest(${named}::text[]) as named (account)
    where not exists (select from accounts a where a.account = named.account and a.deleted_at is null) limit 1`;
  if (unknown)
    throw fail('AccountNotFound', `Account with ID '${unknown.account.slice(0, 60)}' cannot be found`);
};

/**
 * Makes collections with their metadata, content and rules; all or nothing.
 * @throws AccountNotFound 404 for an owner that is none; what registerDids, setMetadata, attachDids and the making of rules throw
 */
export const addCollections = async (
  lake: Lake,
  caller: Caller,
  specs: readonly CollectionSpec[],
  options: { checkDatatypes: boolean },
): Promise<void> => {
  const now = new Date(lake.clock.now());
  const extensions = didExtensions(lake);
  const rses = new Set(
    specs.flatMap((spec) => (spec.rse === undefined || spec.dids.length === 0 ? [] : [spec.rse])),
  );
  for (const rse of rses) await extensions.checkCopies?.(caller, rse);
  const wake = await lake.sql.begin(async (tx) => {
    await requireAccounts(tx, specs);
    if (options.checkDatatypes) await checkDatatypes(tx, specs);
    const made = await registerDids(
      tx,
      specs.map((spec) => ({
        scope: spec.scope,
        name: spec.name,
        did_type: spec.did_type,
        account: spec.account ?? caller.account,
        monotonic: spec.monotonic,
        expired_at: spec.lifetime ? new Date(now.getTime() + spec.lifetime * 1000) : null,
      })),
      now,
    );
    const changes = specs.flatMap((spec, position) =>
      Object.keys(spec.meta).length === 0
        ? []
        : [{ didId: made[position]!, didType: spec.did_type, meta: spec.meta }],
    );
    if (changes.length > 0) await setMetadata(tx, changes, { now });
    for (const rse of rses) {
      const files = specs
        .filter((spec) => spec.rse === rse && spec.did_type === 'D')
        .flatMap((spec) => spec.dids);
      await extensions.registerCopies?.(tx, caller, rse, files);
    }
    const filled = specs.filter((spec) => spec.dids.length > 0);
    if (filled.length > 0) await attachDids(tx, filled, { account: caller.account, now });
    const channels: string[] = [];
    for (const spec of specs) {
      if (spec.rules.length === 0) continue;
      if (!extensions.addRules)
        throw fail('NotImplemented', 'This server makes no rules. Make the DID without rules.');
      channels.push(...(await extensions.addRules(tx, caller, spec, spec.rules)));
    }
    return channels;
  });
  if (specs.some((spec) => spec.dids.length > 0)) wake.push('judge-evaluator');
  if (rses.size > 0) wake.push('conveyor-preparer');
  if (specs.some(({ lifetime, meta }) => endsAtOnce({ lifetime, ...meta }))) wake.push('undertaker');
  for (const channel of new Set(['hermes', ...wake])) lake.wakeups.wake(channel);
};
