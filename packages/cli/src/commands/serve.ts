import { createLog } from '@leman/foundation';
import { type ConfigKey, loadConfig } from '@leman/foundation/config';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { homeOf } from '../lake/home.ts';
import { lockHome } from '../lake/lock-home.ts';
import { makePlan } from '../lake/plan.ts';
import { prepareHome } from '../lake/prepare-home.ts';
import { lockNames, parseRoles } from '../lake/roles.ts';
import { startLake } from '../lake/start-lake.ts';
import { type StopRequest, untilAskedToStop } from '../lake/until-asked-to-stop.ts';

/** Runs some roles of a home in this process; others of the same home run the rest. */
export const serve = async (
  context: Context,
  _words: [],
  options: Partial<Record<ConfigKey, unknown>> & { json?: boolean; roles: string },
): Promise<void> => {
  const { json: _, roles: wanted, ...flags } = options;
  const config = await loadConfig({ flags, environment: process.env });
  const home = homeOf(config.home);
  await prepareHome(home);
  const roles = parseRoles(wanted, config);
  const plan = await makePlan(config, home, { settled: true });
  const lock = lockHome(home, lockNames(roles), plan.lake.url);
  let stop: StopRequest | undefined;
  try {
    const log = createLog(config.logLevel);
    stop = untilAskedToStop(log);
    const lake = await startLake({ config, home, plan, roles, log });
    await context.out.done(
      { ready: true, roles: lockNames(roles), pid: process.pid, home: home.directory, url: plan.lake.url },
      `Ready: ${lockNames(roles).join(', ')} (process ${process.pid}).`,
    );
    const why = await stop.asked;
    await lake.stop();
    if (why instanceof Error)
      throw new CommandError('failed', `Stopped because of an error: ${why.message}.`);
  } finally {
    stop?.forget();
    lock.release();
  }
};
