import { createLog } from '@leman/foundation';
import { type ConfigKey, loadConfig } from '@leman/foundation/config';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { greet } from '../lake/greet.ts';
import { homeOf } from '../lake/home.ts';
import { lockHome } from '../lake/lock-home.ts';
import { makePlan } from '../lake/plan.ts';
import { prepareHome } from '../lake/prepare-home.ts';
import { allRoles, lockNames } from '../lake/roles.ts';
import { startLake } from '../lake/start-lake.ts';
import { type StopRequest, untilAskedToStop } from '../lake/until-asked-to-stop.ts';

/** Starts everything in this process, tells when it is ready, and stays until it is asked to stop. */
export const up = async (
  context: Context,
  _words: [],
  options: Partial<Record<ConfigKey, unknown>> & { json?: boolean },
): Promise<void> => {
  const began = performance.now();
  const { json: _, ...flags } = options;
  const config = await loadConfig({ flags, environment: process.env });
  const home = homeOf(config.home);
  await prepareHome(home);
  const roles = allRoles(config);
  // The lock first: it tells of the lake that is up, where the ports would only say "taken".
  const lock = lockHome(home, lockNames(roles), 'starting');
  let stop: StopRequest | undefined;
  try {
    const plan = await makePlan(config, home, { settled: false });
    lock.tell(plan.lake.url);
    const log = createLog(config.logLevel, 'leman', home.logFile);
    stop = untilAskedToStop(log);
    const lake = await startLake({ config, home, plan, roles, log });
    await greet({
      json: context.json,
      config,
      home,
      plan,
      admin: lake.admin,
      notes: lake.notes,
      seconds: (performance.now() - began) / 1000,
    });
    const why = await stop.asked;
    if (!context.json) process.stdout.write('\nStopping: new requests are refused, running work ends.\n');
    log.info({ why: String(why) }, 'stopping');
    await lake.stop();
    if (why instanceof Error) {
      throw new CommandError(
        'failed',
        `Stopped because of an error: ${why.message}. ${home.logFile} has it in full; start again to go on.`,
      );
    }
    if (!context.json)
      process.stdout.write('Stopped. Everything is kept in the home; "leman up" goes on from there.\n');
  } finally {
    stop?.forget();
    lock.release();
  }
};
