import type { DaemonDefinition, HttpServer } from '@leman/foundation';
import type { Lake } from '../lake.ts';

/** What a room brings to the orchestrator. */
export interface Room {
  name: string;
  routes?(server: HttpServer, lake: Lake): void;
  daemons?(lake: Lake): DaemonDefinition[];
}
