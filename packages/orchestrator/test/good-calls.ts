import { accountsCalls } from './good-calls/accounts.ts';
import { didsCalls } from './good-calls/dids.ts';
import { replicasCalls } from './good-calls/replicas.ts';
import { rsesCalls } from './good-calls/rses.ts';
import { rulesCalls } from './good-calls/rules.ts';
import type { GoodCall } from './good-calls/world.ts';

/** One good call of each endpoint that reads a body. */
export const goodCalls: readonly GoodCall[] = [
  ...accountsCalls,
  ...didsCalls,
  ...replicasCalls,
  ...rsesCalls,
  ...rulesCalls,
];
