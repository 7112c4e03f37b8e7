import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadConfig } from './config.ts';
import { configDocs } from './config-docs.ts';

let home: string;
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'leman-config-'));
});
after(() => rm(home, { recursive: true, force: true }));

const load = async (
  yaml: string,
  environment: NodeJS.ProcessEnv = {},
  flags: Record<string, unknown> = {},
) => {
  await writeFile(join(home, 'leman.yaml'), yaml);
  return loadConfig({ flags: { home, ...flags }, environment });
};
const refuses = (pattern: RegExp, yaml: string, environment: NodeJS.ProcessEnv = {}, flags = {}) =>
  assert.rejects(load(yaml, environment, flags), (error: Error) => {
    assert.equal(error.name, 'ConfigurationError');
    assert.match(error.message, pattern);
    return true;
  });

test('defaults hold where nothing is set', async () => {
  const config = await load('');
  assert.equal(config.port, 4870);
  assert.equal(config.host, '127.0.0.1');
  assert.equal(config.home, home);
  assert.equal(config.databaseUrl, undefined);
  assert.deepEqual(
    config.storages.map(({ rse }) => rse),
    ['ALPHA-DISK', 'ALPHA-FAST', 'BETA-DISK', 'GAMMA-SLOW'],
  );
});

test('flags win over the environment, the environment over the file', async () => {
  const yaml = 'port: 1000\nhost: 10.0.0.1\nempty: true\nruleDeletionDelay: 5\n';
  const config = await load(
    yaml,
    { LEMAN_PORT: '2000', LEMAN_EMPTY: 'no', DATABASE_URL: 'postgres://x' },
    { port: 3000 },
  );
  assert.equal(config.port, 3000);
  assert.equal(config.host, '10.0.0.1');
  assert.equal(config.empty, false);
  assert.equal(config.ruleDeletionDelay, 5);
  assert.equal(config.databaseUrl, 'postgres://x');
});

test('what is wrong is named with its place', async () => {
  await refuses(/leman\.yaml: there is no setting "prot"/, 'prot: 1');
  await refuses(/leman\.yaml: port must be a whole number, not "x"/, 'port: x');
  await refuses(/LEMAN_PORT: port must be a whole number, not "70x"/, '', { LEMAN_PORT: '70x' });
  await refuses(/LEMAN_PORT: port must be 65000 or less/, '', { LEMAN_PORT: '70000' });
  await refuses(/--log-level: logLevel must be one of trace/, '', {}, { logLevel: 'loud' });
  await refuses(/is not YAML/, 'a: [');
  await refuses(/one "key: value" per line/, '- 1');
  await refuses(/"home" cannot be set here/, 'home: /x');
  await refuses(/set LEMAN_ADMIN_PASSWORD/, 'adminPassword: secretsecret');
  await refuses(/adminPassword must have 8 characters or more/, '', { LEMAN_ADMIN_PASSWORD: 'short' });
  await refuses(/storages\[0\]\.site is missing/, 'storages: [{rse: ONE-DISK}]');
  await refuses(/storages\[0\]\.rse must match/, 'storages: [{rse: ../x, site: A}]');
  await refuses(/storages\[0\]\.colour is not known/, 'storages: [{rse: ONE-DISK, site: A, colour: red}]');
  await refuses(/there is no setting "constructor"/, 'constructor: 1');
});

test('a password is never in an error', async () => {
  await assert.rejects(
    load('', { LEMAN_ADMIN_PASSWORD: 'geheim' }),
    (error: Error) => !error.message.includes('geheim'),
  );
});

test('the reference page is the one of this schema', async () => {
  const page = await readFile(new URL('../../../docs/reference/configuration.md', import.meta.url), 'utf8');
  assert.equal(
    page,
    configDocs(),
    'Run: node bin/leman.js config --markdown > docs/reference/configuration.md',
  );
});
