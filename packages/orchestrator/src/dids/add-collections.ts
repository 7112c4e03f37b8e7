import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import type { Caller, Lake } from '../lake.ts';
import { attachDids } from './attach-dids.ts';
import { type DidInput, shown } from './check-input.ts';
import { didExtensions } from './extensions.ts';
import { registerDids } from './register-dids.ts';
import { setMetadata } from './set-metadata.ts';

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

/**
 * Makes collections with their metadata and content; all or nothing. The rules that came with them are made after
 * the commit; when one is refused, the collections made here go again.
 * @throws what registerDids, setMetadata, attachDids and the making of rules throw
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
  const ids = await lake.sql.begin(async (tx) => {
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
    return made;
  });
  lake.wakeups.wake('hermes');
  if (specs.some((spec) => spec.dids.length > 0)) lake.wakeups.wake('judge-evaluator');
  const ruled = specs.filter((spec) => spec.rules.length > 0);
  try {
    for (const spec of ruled) {
      if (!extensions.addRules)
        throw fail('NotImplemented', 'This server makes no rules. Make the DID without rules.');
      await extensions.addRules(caller, spec, spec.rules);
    }
  } catch (error) {
    // Nobody can have built on them yet but by name in this moment; a rule that was made holds its DID and stays.
    await lake.sql`
      delete from dids where id = any(${ids}::bigint[]) and not exists (select from rules where rules.did_id = dids.id)`;
    throw error;
  }
};
