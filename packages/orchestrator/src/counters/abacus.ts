import type { DaemonDefinition, Sql } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { foldAccountUsage, foldCollectionReplicas, foldRseCounters } from './fold-deltas.ts';

/** Nobody waits for it: readers sum base and deltas. It only keeps the deltas few. */
const POLL_MS = 5_000;

const abacus = (
  lake: Lake,
  name: string,
  fold: (sql: Sql, now: Date) => Promise<number>,
): DaemonDefinition => ({
  name,
  wakeOn: ['abacus'],
  pollMs: POLL_MS,
  batch: ({ now }) => fold(lake.sql, new Date(now)),
});

/** The three abacus daemons of the field. */
export const abacusDaemons = (lake: Lake): DaemonDefinition[] => [
  abacus(lake, 'abacus-account', foldAccountUsage),
  abacus(lake, 'abacus-rse', foldRseCounters),
  abacus(lake, 'abacus-collection-replica', foldCollectionReplicas),
];
