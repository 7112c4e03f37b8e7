import type { Config } from '@leman/foundation/config';
import { paint } from '../terminal/paint.ts';
import { sayBytes } from '../terminal/units.ts';
import type { AdminCredentials } from './credentials.ts';
import type { Home } from './home.ts';
import type { Plan } from './plan.ts';
import { readSamples } from './seed-samples.ts';

/** Says that the lake is up, where, and how to log in: for people, or as one line of JSON. */
export const greet = async (options: {
  json: boolean;
  config: Config;
  home: Home;
  plan: Plan;
  admin: AdminCredentials | undefined;
  seconds: number;
  notes: string[];
}): Promise<void> => {
  const { json, config, home, plan, admin, seconds, notes } = options;
  if (json) {
    const ready = {
      ready: true,
      url: plan.lake.url,
      transfer: plan.transfer.url,
      storages: plan.storages.map(({ rse, site, url, prefix }) => ({ rse, site, url, prefix })),
      credentials: home.adminFile,
      rucio_config: home.rucioConfigFile,
      ca: home.caFile,
      home: home.directory,
      pid: process.pid,
      notes,
      seconds: Math.round(seconds * 1000) / 1000,
    };
    process.stdout.write(`${JSON.stringify(ready)}\n`);
    return;
  }
  const samples = config.empty ? undefined : await readSamples(home);
  const flag = home.directory === `${process.cwd()}/.leman` ? '' : ` --home ${home.directory}`;
  const described = plan.storages.map(({ rse, site, url, qos, capacity, bytesPerSecond }) => {
    const speed = bytesPerSecond ? `${sayBytes(bytesPerSecond)}/s` : undefined;
    return { rse, url, about: [`site ${site}`, qos, sayBytes(capacity), speed].filter(Boolean).join(', ') };
  });
  const names = Math.max(...described.map(({ rse }) => rse.length));
  const abouts = Math.max(...described.map(({ about }) => about.length));
  // Who came by npm start has no leman in the path.
  const leman = process.env.npm_lifecycle_event ? 'npx leman' : 'leman';
  const lines = [
    '',
    `  ${paint(['bold', 'cyan'], 'Leman')} is up ${paint('dim', `(${seconds.toFixed(1)} s)`)}`,
    '',
    `  Pages and API   ${paint('bold', plan.lake.url)}`,
    `  Log in          ${paint('bold', admin?.username ?? 'root')}, password in ${home.adminFile}`,
    ...(samples?.people ?? []).map(
      ({ account, role, password }) =>
        `                  ${paint('bold', account)} (${role}), password ${password}`,
    ),
    `  Transfers       ${plan.transfer.url} ${paint('dim', '(FTS3)')}`,
    '  Storages',
    ...described.map(
      ({ rse, about, url }) => `    ${rse.padEnd(names)}  ${paint('dim', about.padEnd(abouts))}  ${url}`,
    ),
    ...notes.flatMap((note) => ['', `  ${paint('yellow', note)}`]),
    '',
    '  Next',
    `    ${leman} upload README.md --rse ${plan.storages[0]?.rse ?? 'RSE'}${flag}`,
    `    ${leman} status${flag}`,
    `    RUCIO_CONFIG=${home.rucioConfigFile} rucio whoami`,
    '',
    `  ${paint('dim', 'Ctrl-C stops it; everything is kept.')}`,
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
};
