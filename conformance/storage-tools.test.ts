import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { createAdler32 } from '@leman/contracts';
import { createIssuer } from '@leman/tokens';
import { environmentOf, type Lake, run, startLake, which } from './lake.ts';

// gfal2 and davix (Debian) copy in, out and third-party between two storages of a lake.

let lake: Lake;
let work: string;
const bytes = randomBytes(3_000_000);

before(async () => {
  for (const name of ['gfal-copy', 'davix-put'])
    assert.ok(which(name), `${name} is missing: apt-get install gfal2-util-scripts davix`);
  lake = await startLake({ words: ['--empty'] });
  work = await mkdtemp(join(tmpdir(), 'leman-tools-'));
  await writeFile(join(work, 'file'), bytes);
  for (const scope of ['tools']) await lake.api('POST', `/accounts/root/scopes/${scope}`);
});
after(async () => {
  await lake?.stop();
  await rm(work, { recursive: true, force: true });
});

interface Grant {
  pfn: string;
  token: string;
}

/** A token for one file at one storage, from the lake itself. */
const grant = async (rse: string, name: string, operation: 'read' | 'write'): Promise<Grant> => {
  const answer = await lake.api('POST', '/credentials/storage-tokens', {
    items: [{ rse, scope: 'tools', name, operation }],
  });
  assert.equal(answer.status, 200, answer.text);
  return answer.json<Grant[]>()[0]!;
};

/** Tells the catalogue of a file that a tool brought, so that the lake gives tokens to read it. */
const register = async (rse: string, name: string): Promise<void> => {
  const files = [
    { scope: 'tools', name, bytes: bytes.length, adler32: createAdler32().update(bytes).digest() },
  ];
  const answer = await lake.api('POST', '/replicas', { rse, files });
  assert.equal(answer.status, 201, answer.text);
};

const gfal = (token: string, command: string, ...words: string[]) =>
  run(command, words, { env: { ...environmentOf(lake), BEARER_TOKEN: token } });
const davix = (token: string, command: string, ...words: string[]) =>
  run(
    command,
    ['--capath', join(lake.home, 'certificates'), '-H', `Authorization: Bearer ${token}`, ...words],
    { env: environmentOf(lake) },
  );
const succeeded = (result: { code: number; stdout: string; stderr: string }) =>
  assert.equal(result.code, 0, `${result.stdout}\n${result.stderr}`);

const [here, there] = ['ALPHA-DISK', 'BETA-DISK'];

test('gfal2 copies in, checks the checksum, copies out', async () => {
  const write = await grant(here!, 'gfal', 'write');
  succeeded(await gfal(write.token, 'gfal-copy', '-f', `file://${join(work, 'file')}`, write.pfn));
  await register(here!, 'gfal');
  const read = await grant(here!, 'gfal', 'read');
  const sum = await gfal(read.token, 'gfal-sum', read.pfn, 'ADLER32');
  succeeded(sum);
  assert.match(sum.stdout, new RegExp(createAdler32().update(bytes).digest()));
  succeeded(await gfal(read.token, 'gfal-copy', '-f', read.pfn, `file://${join(work, 'gfal.out')}`));
  assert.deepEqual(await readFile(join(work, 'gfal.out')), bytes);
});

test('gfal2 is refused without a token, and with one for another file', async () => {
  const read = await grant(here!, 'gfal', 'read');
  assert.notEqual((await gfal('', 'gfal-stat', read.pfn)).code, 0);
  const other = await grant(here!, 'other', 'write');
  assert.notEqual(
    (await gfal(other.token, 'gfal-copy', '-f', read.pfn, `file://${join(work, 'stolen')}`)).code,
    0,
  );
});

for (const mode of ['pull', 'push'] as const) {
  test(`gfal2 copies from storage to storage by ${mode}, checksums compared at both ends`, async () => {
    // gfal2 takes one token for both sides: this one holds for the folder of the scope, at any storage of the lake.
    const issuer = createIssuer({ keyFile: join(lake.home, 'keys', 'issuer.pem'), issuer: lake.ready.url });
    const token = await issuer.mint({
      subject: 'root',
      audience: 'https://wlcg.cern.ch/jwt/v1/any',
      scopes: 'storage.read:/lake/tools storage.modify:/lake/tools',
      lifetimeSeconds: 300,
    });
    const source = await grant(here!, 'gfal', 'read');
    const destination = await grant(there!, `gfal-${mode}`, 'write');
    succeeded(
      await gfal(token, 'gfal-copy', '-K', 'ADLER32', '--copy-mode', mode, source.pfn, destination.pfn),
    );
    await register(there!, `gfal-${mode}`);
    const read = await grant(there!, `gfal-${mode}`, 'read');
    succeeded(await gfal(read.token, 'gfal-copy', '-f', read.pfn, `file://${join(work, `gfal.${mode}`)}`));
    assert.deepEqual(await readFile(join(work, `gfal.${mode}`)), bytes);
  });

  test(`davix copies from storage to storage by ${mode}`, async () => {
    const source = await grant(here!, 'gfal', 'read');
    const destination = await grant(there!, `davix-${mode}`, 'write');
    const [active, passive] = mode === 'pull' ? [destination, source] : [source, destination];
    const done = await davix(
      ...[
        active.token,
        'davix-cp',
        '--copy-mode',
        mode,
        '-H',
        `TransferHeaderAuthorization: Bearer ${passive.token}`,
      ],
      ...(['-H', 'Credential: none', source.pfn, destination.pfn] as [string, string, string, string]),
    );
    succeeded(done);
    await register(there!, `davix-${mode}`);
    const read = await grant(there!, `davix-${mode}`, 'read');
    succeeded(await davix(read.token, 'davix-get', read.pfn, join(work, `davix.${mode}`)));
    assert.deepEqual(await readFile(join(work, `davix.${mode}`)), bytes);
  });
}

test('davix puts and gets', async () => {
  const write = await grant(here!, 'davix', 'write');
  succeeded(await davix(write.token, 'davix-put', join(work, 'file'), write.pfn));
  await register(here!, 'davix');
  const read = await grant(here!, 'davix', 'read');
  succeeded(await davix(read.token, 'davix-get', read.pfn, join(work, 'davix.out')));
  assert.deepEqual(await readFile(join(work, 'davix.out')), bytes);
});
