import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { manualClock } from '@leman/foundation';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';

let lake: TestLake;
const clock = manualClock(Date.now());
let number = 0;
const file = () => ({ scope: 's', name: `file.${++number}`, bytes: 10, adler32: '0cc737eb' });
const addFiles = async (count: number) => {
  const files = Array.from({ length: count }, file);
  await lake.api('POST', '/replicas', { rse: 'ONE', files });
  return files;
};
const pfnsOf = async (files: object[]): Promise<string[]> =>
  (await lake.api('POST', '/replicas/list', { dids: files, all_states: true })).json.flatMap(
    (row: { pfns: object }) => Object.keys(row.pfns),
  );
const states = async (files: object[]) =>
  (await lake.api('POST', '/replicas/list', { dids: files, all_states: true })).json.map(
    (row: { states: { ONE: string } }) => row.states.ONE,
  );
const refuses = async (call: Promise<{ status: number; text: string }>, status: number, name: string) => {
  const answer = await call;
  assert.equal(answer.status, status, answer.text);
  assert.equal(JSON.parse(answer.text).ExceptionClass, name, answer.text);
};

describe('what is said against copies', () => {
  before(async () => {
    lake = await startTestLake({ clock });
    await lake.lake.sql`insert into scopes (scope, account) values ('s', 'root')`;
    await lake.api('POST', '/rses/ONE', {});
    const use = { read: 1, write: 1, delete: 1 };
    await lake.api('POST', '/rses/ONE/protocols/https', {
      hostname: 'one.example.org',
      port: 443,
      prefix: '/one/',
      impl: 'x.y.Z',
      domains: { lan: use, wan: { ...use, third_party_copy_read: 1, third_party_copy_write: 1 } },
    });
  });
  after(() => lake.stop());

  test('bad copies are no copies any more, by name and by PFN, and recover', async () => {
    const files = await addFiles(3);
    const [first] = await pfnsOf(files.slice(0, 1));
    const byPfn = await lake.api('POST', '/replicas/bad', {
      pfns: [first, 'https://one.example.org:443/one/s/00/00/x'],
      reason: 'rot',
    });
    assert.equal(byPfn.status, 201);
    assert.deepEqual(byPfn.json, { ONE: ['https://one.example.org:443/one/s/00/00/x Unknown replica'] });
    const byName = await lake.api('POST', '/replicas/bad', {
      replicas: [
        { ...files[1], rse: 'ONE' },
        { ...files[0], rse: 'ONE' },
      ],
      reason: 'rot',
    });
    assert.deepEqual(byName.json, { ONE: [`s:${files[0]!.name} Already declared`] });
    assert.deepEqual(await states(files), ['BAD', 'BAD', 'AVAILABLE']);
    const found = (await lake.api('GET', '/replicas/bad/states?state=B&rse=ONE')).json;
    assert.equal(found.length, 2);
    assert.equal(found[0].state, 'BAD');
    const [incident] = (await lake.api('GET', '/replicas/bad/summary?rse_expression=ONE')).json;
    assert.deepEqual([incident.BAD, incident.reason, incident.rse], [2, 'rot', 'ONE']);
    await lake.api('PUT', '/replicas', { rse: 'ONE', files: [{ ...files[0], state: 'A' }] });
    assert.equal((await lake.api('GET', '/replicas/bad/states?state=R')).json.length, 1);
    const dids = await lake.api('POST', '/replicas/bad/dids', {
      rse: 'ONE',
      dids: [files[2], { scope: 's', name: 'absent' }],
      reason: 'gone',
    });
    assert.deepEqual(dids.json, ['s:absent Unknown replica']);
  });

  test('suspicious copies stay readable and are counted', async () => {
    const files = await addFiles(2);
    const pfns = await pfnsOf(files);
    for (let turn = 0; turn < 3; turn += 1) {
      assert.deepEqual(
        (await lake.api('POST', '/replicas/suspicious', { pfns: pfns.slice(0, turn + 1), reason: 'slow' }))
          .json,
        {},
      );
    }
    const found = (await lake.api('GET', '/replicas/suspicious?nattempts=2')).json;
    assert.deepEqual(
      found.map((row: { name: string; cnt: number }) => [row.name, row.cnt]),
      [[files[0]!.name, 3]],
    );
    const asJson = encodeURIComponent(JSON.stringify({ rse_expression: ['ONE'], nattempts: [1] }));
    assert.equal((await lake.api('GET', `/replicas/suspicious?${asJson}`)).json.length, 2);
    assert.deepEqual(await states(files), ['AVAILABLE', 'AVAILABLE']);
  });

  test('temporarily unavailable needs an end, bad takes none', async () => {
    const files = await addFiles(1);
    const pfns = await pfnsOf(files);
    const declare = (more: object) =>
      lake.api('POST', '/replicas/bad/pfns', { pfns, reason: 'power cut', ...more });
    await refuses(declare({ state: 'TEMPORARY_UNAVAILABLE' }), 400, 'InputValidationError');
    await refuses(
      declare({ state: 'BAD', expires_at: '2999-01-01T00:00:00.0' }),
      400,
      'InputValidationError',
    );
    await refuses(
      declare({ state: 'TEMPORARY_UNAVAILABLE', expires_at: '2999-01-01T00:00:00.0' }),
      400,
      'InputValidationError',
    );
    await refuses(declare({ state: 'AWFUL' }), 400, 'InputValidationError');
    assert.deepEqual(await states(files), ['AVAILABLE']);
    const soon = new Date(Date.now() + 3600_000).toISOString().slice(0, -1);
    assert.equal((await declare({ state: 'TEMPORARY_UNAVAILABLE', expires_at: soon })).status, 201);
    assert.deepEqual(await states(files), ['TEMPORARY_UNAVAILABLE']);
  });

  test('what was temporarily unavailable is available again when its time is over, unless more was said', async () => {
    const files = await addFiles(4);
    const [, , third, fourth] = files;
    const dataset = { scope: 's', name: 'unavailable' };
    await lake.api('POST', `/dids/s/${dataset.name}`, { type: 'DATASET' });
    await lake.api('POST', `/dids/s/${dataset.name}/dids`, { dids: files });
    const until = (seconds: number) => new Date(clock.now() + seconds * 1000).toISOString().slice(0, -1);
    const declare = async (some: object[], seconds: number) =>
      lake.api('POST', '/replicas/bad/pfns', {
        pfns: await pfnsOf(some),
        reason: 'power cut',
        state: 'TEMPORARY_UNAVAILABLE',
        expires_at: until(seconds),
      });
    const available = async () =>
      (await lake.api('GET', `/replicas/s/${dataset.name}/datasets`)).json[0].available_length;
    await declare(files, 60);
    await declare([fourth!], 600);
    await lake.api('POST', '/replicas/bad', { replicas: [{ ...third, rse: 'ONE' }], reason: 'rot' });
    assert.equal(await available(), 0);
    assert.equal(await lake.drain('minos-temporary-expiration'), 0);
    clock.advance(61_000);
    assert.equal(await lake.drain('minos-temporary-expiration'), 3);
    const [bad, away] = ['BAD', 'TEMPORARY_UNAVAILABLE'];
    assert.deepEqual(await states(files), ['AVAILABLE', 'AVAILABLE', bad, away]);
    assert.equal(await available(), 2);
    assert.equal((await declare(files.slice(0, 1), 60)).status, 201);
    assert.deepEqual(await states(files.slice(0, 1)), [away]);
    clock.advance(600_000);
    await lake.drain('minos-temporary-expiration');
    assert.deepEqual(await states(files), ['AVAILABLE', 'AVAILABLE', bad, 'AVAILABLE']);
  });

  test('quarantine, permissions and bad input', async () => {
    const { token } = await lake.newAccount('guest');
    const quarantine = (body: object, as = {}) => lake.api('POST', '/replicas/quarantine', body, as);
    assert.equal((await quarantine({ rse: 'ONE', replicas: [{ path: '/dark/file' }] })).status, 200);
    assert.equal((await lake.lake.sql`select from quarantined_replicas`).length, 1);
    await refuses(quarantine({ rse: 'ONE', replicas: [{ path: '/x' }] }, { token }), 403, 'AccessDenied');
    await refuses(quarantine({ rse: 'ONE', replicas: [{}] }), 400, 'InputValidationError');
    await refuses(quarantine({ replicas: [{ path: '/x' }] }), 400, 'InputValidationError');
    await refuses(quarantine({ rse: 'NONE', replicas: [{ path: '/x' }] }), 404, 'RSENotFound');
    await refuses(lake.api('POST', '/replicas/bad', { pfns: ['x'] }, { token }), 401, 'AccessDenied');
    await refuses(lake.api('POST', '/replicas/bad', { replicas: ['x', {}] }), 400, 'InvalidObject');
    await refuses(
      lake.api('POST', '/replicas/bad', { replicas: [{ scope: 's', name: 'x' }] }),
      400,
      'KeyError',
    );
    await refuses(lake.api('GET', '/replicas/bad/states?state=Q'), 400, 'ValueError');
    await refuses(lake.api('GET', '/replicas/suspicious?younger_than=never'), 400, 'ValueError');
  });
});
