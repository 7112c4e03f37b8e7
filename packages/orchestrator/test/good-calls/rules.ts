import { dataset, type GoodCall } from './world.ts';

const rule = () => ({
  dids: [dataset],
  account: 'root',
  copies: 1,
  rse_expression: 'ONE',
  weight: null,
  lifetime: 1000,
  grouping: 'DATASET',
  locked: false,
  subscription_id: null,
  source_replica_expression: 'ONE',
  activity: 'Debug',
  notify: 'N',
  purge_replicas: false,
  ignore_availability: false,
  comment: 'a comment',
  ask_approval: false,
  asynchronous: false,
  delay_injection: null,
  priority: 3,
  split_container: false,
  meta: { why: 'test' },
});

/** Rules and locks. */
export const rulesCalls: readonly GoodCall[] = [
  { route: 'POST /locks/bulk_locks_for_dids', body: () => ({ dids: [dataset] }), needs: ['dids'] },
  {
    route: 'POST /rules',
    body: rule,
    params: async (world) => {
      await world.rule();
      return {};
    },
    needs: ['dids', 'account', 'copies', 'rse_expression'],
  },
  {
    route: 'PUT /rules/:rule_id',
    params: async (world) => ({ rule_id: await world.rule() }),
    body: () => ({
      options: {
        comment: 'c',
        locked: false,
        lifetime: 1000,
        account: 'root',
        activity: 'Debug',
        source_replica_expression: 'ONE',
        priority: 3,
        eol_at: '2100-01-01T00:00:00',
        meta: { a: 1 },
        purge_replicas: false,
        boost_rule: true,
      },
    }),
    needs: ['options'],
  },
  {
    route: 'DELETE /rules/:rule_id',
    params: async (world) => ({ rule_id: await world.rule() }),
    body: () => ({ purge_replicas: true }),
  },
  {
    route: 'POST /rules/:rule_id/reduce',
    params: async (world) => ({ rule_id: await world.rule() }),
    body: () => ({ copies: 1, exclude_expression: 'TWO' }),
    needs: ['copies'],
  },
  {
    route: 'POST /rules/:rule_id/move',
    params: async (world) => ({ rule_id: await world.rule() }),
    body: () => ({ rse_expression: 'THREE', override: { copies: 1 }, activity: 'Debug' }),
    needs: ['rse_expression'],
  },
];
