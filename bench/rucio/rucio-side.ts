import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@leman/foundation';
import { runToEnd } from '../drive.ts';
import type { Side, Stage } from '../sides.ts';

interface Ready {
  url: string;
  httpd: number;
  postgres: number;
  config: string;
  database: string;
}

/**
 * Rucio's daemons for our stages, with their defaults but for the waits: they sleep for minutes between rounds. A sleep
 * of 1 s makes some of them fail, so 2. `rucio-conveyor-poller` leaves a request alone for a minute unless told.
 */
const commands: Record<Stage, readonly (readonly [string, ...string[]])[]> = {
  // One run does all that waits, without the 10 s that a daemon waits first.
  evaluate: [['rucio-judge-evaluator', '--run-once']],
  conveyor: [
    ['rucio-conveyor-submitter', '--bulk', '1000', '--sleep-time', '2'],
    ['rucio-conveyor-poller', '--older-than', '0', '--db-bulk', '1000', '--sleep-time', '2'],
    ['rucio-conveyor-finisher', '--sleep-time', '2'],
  ],
  reaper: [['rucio-reaper', '--greedy', '--chunk-size', '1000', '--sleep-time', '2']],
};

/** A fresh Rucio from a venv with `rucio[postgresql]`; see start.sh for what it is made of. */
export const startRucio = async (venv: string): Promise<Side> => {
  const home = await mkdtemp(join(tmpdir(), 'rucio-bench-'));
  const script = (name: string) => new URL(name, import.meta.url).pathname;
  const out = await runToEnd('bash', [script('start.sh'), home, venv]);
  const { url, httpd, postgres, config, database } = JSON.parse(out.trim().split('\n').at(-1)!) as Ready;
  const sql = openDatabase({ url: database, schema: 'rucio', max: 2 });
  const env = { ...process.env, RUCIO_CONFIG: config, RUCIO_HOME: home };
  return {
    name: 'rucio',
    url,
    sql,
    watch: { server: httpd, pg: postgres },
    injector: `env RUCIO_CONFIG=${config} RUCIO_HOME=${home} ${join(venv, 'bin', 'rucio-judge-injector')} --run-once`,
    async mockTransfers() {
      // transfertool = mock stands in its configuration.
    },
    async greedyDeletion() {
      // A word of the reaper's command line.
    },
    async startStage(stage) {
      const log = openSync(join(home, 'log', stage), 'a');
      const children = commands[stage].map(([program, ...words]) =>
        spawn(join(venv, 'bin', program), words, { env, stdio: ['ignore', log, log] }),
      );
      closeSync(log);
      return {
        pids: children.map((child) => child.pid!),
        async stop() {
          await Promise.all(
            children.map((child) => {
              if (child.exitCode !== null) return undefined;
              const ended = new Promise((resolve) => child.once('exit', resolve));
              child.kill('SIGTERM');
              const last = setTimeout(() => child.kill('SIGKILL'), 15_000);
              return ended.finally(() => clearTimeout(last));
            }),
          );
        },
      };
    },
    async stop() {
      await sql.end({ timeout: 1 });
      await runToEnd('bash', [script('stop.sh'), home]);
    },
  };
};
