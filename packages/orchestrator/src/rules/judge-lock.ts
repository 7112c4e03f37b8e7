import type { Transaction } from '@leman/foundation';

const SPACE = 0x4c4d;

/**
 * Makes this transaction the only one that lays out, evaluates, repairs or cleans the rule. An advisory lock, because
 * a lock on the row would be taken before those on replicas, against the order everybody keeps to.
 * @returns false when somebody else is at it (only with `try`)
 */
export const judgeLock = async (tx: Transaction, ruleId: string, mode: 'wait' | 'try'): Promise<boolean> => {
  if (mode === 'wait') {
    await tx`select pg_advisory_xact_lock(${SPACE}, hashtext(${ruleId.replaceAll('-', '')}))`;
    return true;
  }
  const [row] = await tx<[{ got: boolean }]>`
    select pg_try_advisory_xact_lock(${SPACE}, hashtext(${ruleId.replaceAll('-', '')})) as got`;
  return row.got;
};
