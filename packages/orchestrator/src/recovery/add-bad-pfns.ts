import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { type Declaration, declareReplicas } from './declare-replicas.ts';
import type { NamedReplicas } from './name-replicas.ts';

const LONGEST_DAYS = 30;

/** @throws InputValidationError 400: an end exactly for what is temporary, and not too far away */
export const checkExpiry = (state: Declaration['state'], expiresAt: Date | undefined, now: number): void => {
  if (state === 'T' && !expiresAt) {
    throw fail('InputValidationError', 'Temporarily unavailable PFNs need expires_at. Say until when.');
  }
  if (state !== 'T' && expiresAt) {
    throw fail('InputValidationError', 'Only temporarily unavailable PFNs take expires_at. Leave it out.');
  }
  if (expiresAt && expiresAt.getTime() > now + LONGEST_DAYS * 86_400_000) {
    throw fail(
      'InputValidationError',
      `expires_at is more than ${LONGEST_DAYS} days away, the most that is taken.`,
    );
  }
};

/**
 * Declares what PFNs name; those that name no registered copy are kept in bad_pfns for a person to look at.
 * @throws what declareReplicas throws
 */
export const addBadPfns = async (
  tx: Transaction,
  lake: Lake,
  { replicas, refused }: NamedReplicas,
  declaration: Declaration,
): Promise<void> => {
  const unknown = Object.values(refused)
    .flat()
    .map((line) => line.replace(/ Unknown replica$/, ''));
  const now = new Date(lake.clock.now());
  if (unknown.length > 0) {
    await tx`
      insert into bad_pfns (path, state, reason, account, expires_at, created_at)
      select path, ${declaration.state}, ${declaration.reason}, ${declaration.account}, ${declaration.expiresAt ?? null}::timestamptz, ${now}::timestamptz
      from unnest(${unknown}::text[]) as u (path)
      on conflict (path, state) do update set reason = excluded.reason, account = excluded.account, expires_at = excluded.expires_at`;
  }
  await declareReplicas(tx, lake, replicas, declaration);
};
