import type { DaemonDefinition } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { evaluateAttach } from './evaluate-attach.ts';
import { evaluateDetach } from './evaluate-detach.ts';

/** Orders taken at once; a crash gives them back after the lease. */
const BATCH = 200;
const LEASE_MS = 120_000;
const FIRST_BACKOFF_MS = 1000;
const LAST_BACKOFF_MS = 600_000;

interface Order {
  id: number;
  did_id: number;
  action: 'A' | 'D';
  children: number[];
  attempts: number;
}

const claim = async ({ sql }: Lake, now: number): Promise<Order[]> => [
  ...(await sql<Order[]>`
    with due as (
      select id from updated_dids where next_attempt_at <= ${new Date(now)}
      order by id limit ${BATCH} for update skip locked
    )
    update updated_dids u set attempts = least(u.attempts + 1, 1000), next_attempt_at = ${new Date(now + LEASE_MS)}
    from due where u.id = due.id
    returning u.id, u.did_id, u.action, u.children, u.attempts`),
];

/** Orders of one collection and kind become one. */
const merge = (orders: readonly Order[]): Order[][] => {
  const groups = new Map<string, Order[]>();
  for (const order of [...orders].sort((a, b) => a.id - b.id)) {
    const key = `${order.action}${order.did_id}`;
    const group = groups.get(key);
    if (group) group.push(order);
    else groups.set(key, [order]);
  }
  return [...groups.values()];
};

/**
 * judge-evaluator: children that were attached get locks under the rules of the collection and of everything it lies
 * in; children that were detached lose them. What it does follows from what is in the collections now, so an order may
 * be carried out twice or out of turn.
 */
export const judgeEvaluator = (lake: Lake): DaemonDefinition => ({
  name: 'judge-evaluator',
  wakeOn: ['judge-evaluator'],
  pollMs: 5000,
  async batch({ now }) {
    const orders = await claim(lake, now);
    for (const group of merge(orders)) {
      const [first] = group as [Order];
      const ids = group.map((order) => order.id);
      const children = [...new Set(group.flatMap((order) => order.children))];
      try {
        await (first.action === 'A' ? evaluateAttach : evaluateDetach)(lake, first.did_id, children);
        await lake.sql`delete from updated_dids where id = any(${ids}::bigint[])`;
      } catch (error) {
        lake.log.error({ err: error, did: first.did_id }, 'judge-evaluator: tried again later');
        const wait = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(first.attempts, 12), LAST_BACKOFF_MS);
        await lake.sql`
          update updated_dids set next_attempt_at = ${new Date(now + wait)} where id = any(${ids}::bigint[])`;
      }
    }
    return orders.length;
  },
});
