import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type Sql } from '@leman/foundation';
import { startRunning } from './drive.ts';

/** A catalogue under measurement: ours, or a real Rucio. Both have the tables that the stages count in. */
export interface Side {
  name: 'leman' | 'rucio';
  url: string;
  sql: Sql;
  /** Roots of the process trees: the API and its database. */
  watch: { server: number; pg: number };
  /** The command that lays out a rule in the background; undefined when the server does it by itself. */
  injector?: string;
  mockTransfers(): Promise<void>;
  /** Copies without a lock on the source are deleted as soon as they may be. */
  greedyDeletion(): Promise<void>;
  /** Starts the daemons of a stage in processes of their own. */
  startStage(stage: Stage): Promise<{ pids: number[]; stop(): Promise<void> }>;
  stop(): Promise<void>;
}

export type Stage = 'evaluate' | 'conveyor' | 'reaper';

const daemons: Record<Stage, readonly string[]> = {
  evaluate: ['judge-injector', 'judge-evaluator', 'judge-repairer', 'abacus-account', 'abacus-rse'],
  conveyor: ['conveyor-submitter', 'conveyor-poller', 'conveyor-finisher', 'conveyor-preparer'],
  reaper: ['reaper'],
};

/** A lake of one process with the API and the daemons that only lay out and count. */
export const startLeman = async (): Promise<Side> => {
  const home = await mkdtemp(join(tmpdir(), 'leman-bench-'));
  const part = new URL('part.ts', import.meta.url).pathname;
  const server = await startRunning<{ pid: number; url: string; databaseUrl: string; databasePid: number }>([
    part,
    JSON.stringify({
      home,
      database: true,
      api: true,
      daemons: ['judge-injector', 'abacus-rse', 'abacus-account'],
    }),
  ]);
  const { url, pid, databaseUrl, databasePid } = server.ready;
  const sql = openDatabase({ url: databaseUrl, schema: 'orchestrator', max: 2 });
  return {
    name: 'leman',
    url,
    sql,
    watch: { server: pid, pg: databasePid },
    async mockTransfers() {
      await sql`insert into config (section, option, value) values ('conveyor', 'transfertool', 'mock')`;
    },
    async greedyDeletion() {
      await sql`
        insert into rse_attributes (rse_id, key, value)
        select id, 'greedyDeletion', 'true' from rses where rse = 'BENCH-SRC'`;
    },
    async startStage(stage) {
      const running = await startRunning<{ pid: number }>([
        part,
        JSON.stringify({ home, daemons: daemons[stage] }),
      ]);
      return { pids: [running.ready.pid], stop: () => running.stop() };
    },
    async stop() {
      await sql.end();
      await server.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
};
