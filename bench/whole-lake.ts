import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startLake } from '../conformance/lake.ts';
import { createDriver, type Line } from './drive.ts';
import { postgresOf } from './processes.ts';

/** The rule on 100,000 files in a whole lake (`leman up`): everything runs, the conveyor begins while it is laid out. */
export const measureUp = async (options: { python: string; drivers: string }): Promise<Line[]> => {
  const lake = await startLake({ words: ['--empty'] });
  try {
    const data = ['postgres/data', 'database/data', 'data']
      .map((name) => join(lake.home, name))
      .find((path) => existsSync(join(path, 'postmaster.pid')));
    if (!data) throw new Error('The database of the lake was not found in its home.');
    const { username: user, password } = lake.admin;
    const watch = { server: lake.ready.pid, pg: postgresOf(data) };
    const bench = createDriver({ ...options, base: lake.ready.url, user, password, watch });
    await bench('setup', '--limits');
    await lake.api('PUT', '/config/conveyor/transfertool/mock');
    const made = [
      ...(await bench('replicas', '--n', '100000', '--c', '2')),
      ...(await bench('attach', '--n', '100000', '--dataset', 'b1.ds')),
      ...(await bench('rule', '--dataset', 'b1.ds', '--n', '100000', '--asynchronous')),
    ];
    return made.map((line) => ({ ...line, step: `up-${line.step}` }));
  } finally {
    await lake.stop();
  }
};
