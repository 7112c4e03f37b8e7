import type { Sql } from '@leman/foundation';

const PRESENCE = 'leman-conveyor-submitter';
/** What a killed process sent last may still be on its way to the transfer service. */
const GRACE_MS = 5_000;

/**
 * Tells that submitters work here, by a lock that ends with the process however that ends. When no other process tells
 * so, what is claimed was left behind by one that is gone: it is looked at again soon instead of at the end of the
 * claim. Else claims run out by themselves.
 * @returns gives the lock back
 */
export const releaseClaims = async (sql: Sql, now: Date): Promise<() => Promise<void>> => {
  const connection = await sql.reserve();
  try {
    const [row] = await connection<
      { alone: boolean }[]
    >`select pg_try_advisory_lock(hashtext(${PRESENCE})) as alone`;
    if (row?.alone) {
      await connection`
        update requests set next_attempt_at = ${new Date(now.getTime() + GRACE_MS)}
        where state = 'G' and next_attempt_at > ${new Date(now.getTime() + GRACE_MS)}`;
    }
    await connection`select pg_advisory_lock_shared(hashtext(${PRESENCE}))`;
    if (row?.alone) await connection`select pg_advisory_unlock(hashtext(${PRESENCE}))`;
  } catch (error) {
    connection.release();
    throw error;
  }
  return async () => {
    await connection`select pg_advisory_unlock_shared(hashtext(${PRESENCE}))`.catch(() => undefined);
    connection.release();
  };
};
