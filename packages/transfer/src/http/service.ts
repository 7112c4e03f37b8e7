import type { Clock, HttpServer, Log, Sql } from '@leman/foundation';
import type { TransferConfig } from '../config.ts';
import type { EventStream } from '../events/event-stream.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { Seal } from '../seal.ts';
import type { SettingsStore } from '../settings/settings-store.ts';
import type { Authenticate } from './authenticate.ts';

/** What the routes work with. */
export interface Service {
  sql: Sql;
  seal: Seal;
  scheduler: Scheduler;
  settings: SettingsStore;
  events: EventStream;
  authenticate: Authenticate;
  config: TransferConfig;
  clock: Clock;
  log: Log;
  /** Host name of this service, as answers name it. */
  host: string;
}

export type AddRoutes = (server: HttpServer, service: Service) => void;
