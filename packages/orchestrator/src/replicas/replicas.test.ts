import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { replicaLake } from '../testing/replica-lake.ts';
import type { TestLake } from '../testing/test-lake.ts';
import { removeReplicas } from './remove-replicas.ts';

/** Whatever happened: the counters are the sums. */
const countersAreRight = async ({ sql }: TestLake['lake']) => {
  const wrong = await sql`
    select rse_id, sum(files) as files, sum(bytes) as bytes from (
      select rse_id, files, bytes from rse_counters_now
      union all select rse_id, -count(*), -sum(bytes) from replicas group by rse_id
    ) both_sides group by rse_id having sum(files) <> 0 or sum(bytes) <> 0`;
  assert.deepEqual([...wrong], []);
  const wrongCollections = await sql`
    select did_id, rse_id from (
      select did_id, rse_id, length, bytes, available_length, available_bytes from collection_replicas_now
      union all
      select c.parent_id, r.rse_id, -count(*), -sum(r.bytes), -count(*) filter (where r.state = 'A'),
             -coalesce(sum(r.bytes) filter (where r.state = 'A'), 0)
      from contents c join dids d on d.id = c.parent_id and d.did_type = 'D' join replicas r on r.did_id = c.child_id
      group by 1, 2
    ) both_sides group by did_id, rse_id
    having sum(length) <> 0 or sum(bytes) <> 0 or sum(available_length) <> 0 or sum(available_bytes) <> 0`;
  assert.deepEqual([...wrongCollections], []);
};

describe('replicas over REST', () => {
  const lab = replicaLake();
  const { fresh, file, add, listing, refuses, dataset } = lab;

  test('copies are listed with their URLs, as JSON and as Metalink', async () => {
    const one = file(undefined, {
      md5: 'a'.repeat(32),
      meta: { guid: '{0b1c2d3e-0000-4000-8000-000000000000}', events: 5, colour: 'red' },
    });
    assert.equal((await add('ONE', [one])).status, 201);
    assert.equal((await add('TWO', [one])).status, 201);
    const [listed] = await listing({ dids: [{ scope: 's', name: one.name }] });
    assert.deepEqual(Object.keys(listed!), [
      'scope',
      'name',
      'bytes',
      'md5',
      'adler32',
      'pfns',
      'rses',
      'states',
    ]);
    assert.deepEqual(listed!.states, { ONE: 'AVAILABLE', TWO: 'AVAILABLE' });
    const [pfn] = listed!.rses.ONE!;
    assert.match(pfn!, /^https:\/\/one\.example\.org:443\/one\/s\/[0-9a-f]{2}\/[0-9a-f]{2}\/file\.\d+$/);
    assert.deepEqual(Object.keys(listed!.pfns[pfn!]!), [
      'rse_id',
      'rse',
      'type',
      'volatile',
      'domain',
      'priority',
      'client_extract',
    ]);
    const [near] = await listing({ dids: [one], client_location: { site: 'HOME' } });
    assert.deepEqual(
      Object.values(near!.pfns).map((entry) => [entry.rse, entry.domain, entry.priority]),
      [
        ['TWO', 'lan', 1],
        ['ONE', 'wan', 2],
      ],
    );
    const [roots] = await listing({ dids: [one], schemes: ['root'], rse_expression: 'ONE' });
    assert.deepEqual(
      Object.keys(roots!.pfns).map((url) => url.split(':')[0]),
      ['root'],
    );
    const metalink = await lab.lake.api(
      'POST',
      '/replicas/list',
      { dids: [one] },
      { headers: { accept: 'application/metalink4+xml' } },
    );
    assert.equal(metalink.headers.get('content-type'), 'application/metalink4+xml');
    assert.match(
      metalink.text,
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<metalink xmlns="urn:ietf:params:xml:ns:metalink">\n <file name="/,
    );
    assert.match(metalink.text, /<hash type="md5">a{32}<\/hash>\n {2}<size>10<\/size>/);
    assert.equal(metalink.text.match(/<url location=/g)?.length, 4);
    const none = await lab.lake.api(
      'POST',
      '/replicas/list',
      { dids: [{ scope: 's', name: 'absent' }] },
      { headers: { accept: 'application/metalink4+xml' } },
    );
    assert.equal(
      none.text,
      '<?xml version="1.0" encoding="UTF-8"?>\n<metalink xmlns="urn:ietf:params:xml:ns:metalink">\n</metalink>\n',
    );
    const meta = (await lab.lake.api('GET', `/dids/s/${one.name}/meta?plugin=ALL`)).json;
    assert.deepEqual(
      [meta.guid, meta.events, meta.colour],
      ['0b1c2d3e-0000-4000-8000-000000000000', 5, 'red'],
    );
  });

  test('a dataset lists every file with a copy once, whatever the page', async () => {
    const files = Array.from({ length: 4500 }, () => file());
    for (let at = 0; at < files.length; at += 1000)
      assert.equal((await add('ONE', files.slice(at, at + 1000))).status, 201);
    const first = await dataset(files.slice(0, 1000));
    for (let at = 1000; at < files.length; at += 1000)
      await lab.lake.api('POST', `/dids/s/${first}/dids`, { dids: files.slice(at, at + 1000) });
    const second = await dataset(files.slice(0, 700));
    const container = fresh('container');
    await lab.lake.api('POST', `/dids/s/${container}`, { type: 'CONTAINER' });
    await lab.lake.api('POST', `/dids/s/${container}/dids`, {
      dids: [first, second].map((name) => ({ scope: 's', name })),
    });
    const listed = await listing({ dids: [{ scope: 's', name: container }, files[0]!] });
    assert.equal(listed.length, 4500);
    assert.equal(new Set(listed.map((entry) => entry.name)).size, 4500);
    const random = await listing({ dids: [{ scope: 's', name: container }], nrandom: 5 });
    assert.equal(random.length, 5);
    const [parents] = await listing({ dids: [files[0]!], resolve_parents: true });
    assert.deepEqual(parents!.parents, [`s:${first}`, `s:${second}`, `s:${container}`]);
    await countersAreRight(lab.lake.lake);
  });

  test('states: what can be read, what is on its way, what is closed', async () => {
    const one = file(undefined, { state: 'C' });
    await add('ONE', [one]);
    const name = await dataset([file(one.name)]);
    assert.deepEqual(
      (await listing({ dids: [one].map(({ scope, name }) => ({ scope, name })) }))[0]!.states,
      {},
    );
    assert.deepEqual((await listing({ dids: [{ scope: 's', name }] })).length, 0);
    assert.deepEqual((await listing({ dids: [{ scope: 's', name }], all_states: true }))[0]!.states, {
      ONE: 'COPYING',
    });
    const put = await lab.lake.api('PUT', '/replicas', { rse: 'ONE', files: [{ ...one, state: 'A' }] });
    assert.equal(put.status, 200, put.text);
    await countersAreRight(lab.lake.lake);
    assert.equal((await listing({ dids: [{ scope: 's', name }] })).length, 1);
    assert.equal(
      (await listing({ dids: [{ scope: 's', name }], updated_after: '2999-01-01T00:00:00' })).length,
      0,
    );
    await lab.lake.api('PUT', '/rses/ONE', { availability_read: false });
    assert.equal((await listing({ dids: [{ scope: 's', name }], ignore_availability: false })).length, 0);
    assert.equal((await listing({ dids: [{ scope: 's', name }], ignore_availability: true })).length, 1);
    await lab.lake.api('PUT', '/rses/ONE', { availability_read: true });
    await refuses(
      lab.lake.api('PUT', '/replicas', { rse: 'ONE', files: [file('absent', { state: 'A' })] }),
      404,
      'ReplicaNotFound',
    );
    await refuses(
      lab.lake.api('PUT', '/replicas', { rse: 'ONE', files: [{ ...one, state: 'X' }] }),
      400,
      'InvalidObject',
    );
    const replicas = (await lab.lake.api('GET', `/replicas/s/${name}/datasets`)).json;
    assert.deepEqual(
      [replicas[0].rse, replicas[0].length, replicas[0].available_length, replicas[0].state],
      ['ONE', 1, 1, 'AVAILABLE'],
    );
    assert.equal(
      (await lab.lake.api('GET', `/replicas/s/${name}/datasets?deep=True`)).json[0].available_bytes,
      10,
    );
    assert.ok(
      (await lab.lake.api('GET', '/replicas/rse/ONE')).json.some(
        (row: { name: string }) => row.name === name,
      ),
    );
  });

  test('explicit paths: stored from the PFN, and found again', async () => {
    const name = fresh();
    const pfn = 'https://paths.example.org:8443/paths/some/where/it.is';
    assert.equal((await add('PATHS', [file(name, { pfn })])).status, 201);
    assert.deepEqual(Object.keys((await listing({ dids: [{ scope: 's', name }] }))[0]!.pfns), [pfn]);
    const back = await lab.lake.api('POST', '/replicas/dids', { rse: 'PATHS', pfns: [pfn] });
    assert.deepEqual(back.json, [{ [pfn]: { scope: 's', name } }]);
    await refuses(add('PATHS', [file()]), 409, 'UnsupportedOperation');
    await refuses(
      add('PATHS', [file(undefined, { pfn: 'https://elsewhere.example.org:8443/paths/x' })]),
      400,
      'InvalidPath',
    );
    await refuses(
      add('ONE', [file(undefined, { pfn: 'https://one.example.org:443/one/s/00/00/wrong' })]),
      400,
      'InvalidPath',
    );
    const deep = { scope: 'user.x', name: 'a/b.c', bytes: 1, adler32: '00000001' };
    await add('ONE', [deep]);
    const [url] = Object.keys((await listing({ dids: [deep] }))[0]!.pfns);
    assert.match(url!, /\/one\/user\/x\//);
    assert.deepEqual((await lab.lake.api('POST', '/replicas/dids', { rse: null, pfns: [url] })).json, [
      { [url!]: { scope: 'user.x', name: 'a/b.c' } },
    ]);
  });

  test('archives: the files inside are found in the copies of the archive', async () => {
    const archive = file(fresh('a').concat('.zip'));
    const inside = file(fresh('inside'));
    await add('ONE', [archive]);
    assert.equal(
      (await lab.lake.api('POST', `/dids/s/${archive.name}/dids`, { dids: [inside] })).status,
      201,
    );
    const [listed] = await listing({ dids: [inside] });
    const urls = Object.entries(listed!.pfns);
    assert.match(urls[0]![0], /^root:.*\.zip\?xrdcl\.unzip=inside/);
    assert.equal(urls[0]![1].client_extract, false);
    assert.equal(urls.find(([url]) => url.startsWith('https'))![1].client_extract, true);
    assert.equal((await listing({ dids: [inside], resolve_archives: false }))[0]!.rses.ONE, undefined);
  });

  test('those with room at an RSE may upload there, into their own scopes', async () => {
    const ada = await lab.lake.newAccount('ada');
    const { sql } = lab.lake.lake;
    await sql`insert into scopes (scope, account) values ('user.ada', 'ada') on conflict do nothing`;
    const own = () => file(undefined, { scope: 'user.ada' });
    const upload = (body: object) =>
      lab.lake.api('POST', '/replicas', { rse: 'ONE', files: [body] }, { token: ada.token });
    await refuses(upload(own()), 401, 'AccessDenied');
    await sql`insert into account_limits (account, rse_id, bytes) select 'ada', id, 1000 from rses where rse = 'ONE'`;
    assert.equal((await upload(own())).status, 201);
    await refuses(upload(file()), 401, 'AccessDenied');
    const arriving = { ...own(), state: 'C' };
    await upload(arriving);
    const say = (state: string, body: object = arriving) =>
      lab.lake.api('PUT', '/replicas', { rse: 'ONE', files: [{ ...body, state }] }, { token: ada.token });
    assert.equal((await say('A')).status, 200);
    await refuses(say('D'), 409, 'UnsupportedOperation');
    const foreign = file();
    await add('ONE', [foreign]);
    await refuses(say('A', foreign), 401, 'AccessDenied');
  });

  test('redirects lead anybody to a copy', async () => {
    const one = file();
    await add('ONE', [one]);
    const answer = await lab.lake.api('GET', `/redirect/s/${one.name}`, undefined, { token: null });
    assert.equal(answer.status, 303);
    assert.match(answer.headers.get('location')!, /^https:\/\/one\.example\.org/);
    assert.equal((await lab.lake.api('GET', '/redirect/s/absent', undefined, { token: null })).status, 404);
    const metalink = await lab.lake.api('GET', `/redirect/s/${one.name}/metalink`, undefined, {
      token: null,
    });
    assert.match(metalink.text, /<url location="ONE" priority="1">/);
    await refuses(
      lab.lake.api('GET', `/redirect/s/${one.name}?sort=alphabet`, undefined, { token: null }),
      404,
      'SortingAlgorithmNotSupported',
    );
  });

  test('tombstones, and what goes with the last copy', async () => {
    const { sql } = lab.lake.lake;
    const [kept, gone] = [file(), file()];
    await add('ONE', [kept, gone]);
    await add('TWO', [kept]);
    const name = await dataset([kept, gone]);
    assert.equal(
      (
        await lab.lake.api('POST', '/replicas/tombstone', {
          replicas: [{ scope: 's', name: gone.name, rse: 'ONE' }],
        })
      ).status,
      201,
    );
    await refuses(
      lab.lake.api('POST', '/replicas/tombstone', {
        replicas: [{ scope: 's', name: gone.name, rse: 'TWO' }],
      }),
      404,
      'ReplicaNotFound',
    );
    await sql`update replicas set lock_cnt = 1 where did_id = (select id from dids where name = ${kept.name}) and rse_id = (select id from rses where rse = 'TWO')`;
    await refuses(
      lab.lake.api('POST', '/replicas/tombstone', {
        replicas: [{ scope: 's', name: kept.name, rse: 'TWO' }],
      }),
      423,
      'ReplicaIsLocked',
    );
    const rows = await sql<{ did_id: number; rse_id: string }[]>`
      select r.did_id, r.rse_id from replicas r join dids d on d.id = r.did_id where d.name in (${kept.name}, ${gone.name})`;
    const removed = await sql.begin((tx) => removeReplicas(tx, rows, new Date()));
    assert.deepEqual(removed, { replicas: 2, dids: 1 });
    await countersAreRight(lab.lake.lake);
    assert.deepEqual(
      (await lab.lake.api('GET', `/dids/s/${name}/dids`)).json.map((did: { name: string }) => did.name),
      [kept.name],
    );
    assert.equal((await lab.lake.api('GET', `/dids/s/${name}/dids/history`)).json[0].name, gone.name);
    assert.equal((await lab.lake.api('GET', `/dids/s/${gone.name}`)).status, 404);
    assert.equal(
      (await lab.lake.api('POST', '/dids/resurrect', [{ scope: 's', name: gone.name }])).status,
      201,
    );
    assert.equal((await lab.lake.api('GET', `/dids/s/${gone.name}`)).json.bytes, 10);
  });

  test('registering and attaching the same files at the same time loses and doubles nothing', async () => {
    const files = Array.from({ length: 60 }, () => file());
    const name = fresh('dataset');
    await lab.lake.api('POST', `/dids/s/${name}`, { type: 'DATASET' });
    const answers = await Promise.all(
      ['ONE', 'TWO', 'ONE', 'TWO', 'FAR-SCRATCHDISK'].flatMap((rse, turn) => [
        add(rse, files.slice(turn * 5, turn * 5 + 40)),
        lab.lake.api('POST', '/dids/attachments', {
          attachments: [{ scope: 's', name, dids: files.slice(turn * 5, turn * 5 + 40), rse }],
          ignore_duplicate: true,
        }),
      ]),
    );
    for (const answer of answers) assert.equal(answer.status, 201, answer.text);
    assert.equal((await lab.lake.api('GET', `/dids/s/${name}/files`)).json.length, 60);
    await countersAreRight(lab.lake.lake);
  });

  test('bad input is refused with the class of the field and changes nothing', async () => {
    const { sql } = lab.lake.lake;
    const count = async () => (await sql<{ n: number }[]>`select count(*) as n from replicas`)[0]!.n;
    const before = await count();
    const guest = await lab.lake.newAccount('guest');
    await refuses(add('NOWHERE', [file()]), 404, 'RSENotFound');
    await refuses(add('ONE', [file(undefined, { scope: 'nowhere' })]), 404, 'ScopeNotFound');
    await refuses(add('ONE', []), 400, 'InvalidObject');
    await refuses(lab.lake.api('POST', '/replicas', { rse: 'ONE' }), 400, 'KeyError');
    await refuses(lab.lake.api('POST', '/replicas', { rse: 7, files: [file()] }), 400, 'TypeError');
    for (const wrong of [
      { bytes: '10' },
      { bytes: -1 },
      { bytes: 2 ** 60 },
      { adler32: 'xyz' },
      { md5: 'short' },
      { state: 'READY' },
      { pfn: 7 },
      { meta: [] },
      { name: '../x' },
      { colour: 1 },
    ]) {
      await refuses(add('ONE', [file(), file(undefined, wrong)]), 400, 'InvalidObject');
    }
    await refuses(add('ONE', [{ scope: 's', name: fresh() }]), 400, 'InvalidObject');
    await refuses(
      lab.lake.api('POST', '/replicas', { rse: 'ONE', files: [file()] }, { token: guest.token }),
      401,
      'AccessDenied',
    );
    await refuses(
      lab.lake.api('POST', '/replicas', { rse: 'FAR-SCRATCHDISK', files: [file()] }, { token: guest.token }),
      401,
      'AccessDenied',
    );
    await refuses(lab.lake.api('DELETE', '/replicas', { rse: 'ONE', files: [file()] }), 401, 'AccessDenied');
    await lab.lake.api('PUT', '/rses/TWO', { availability_write: false });
    await refuses(add('TWO', [file()]), 503, 'ResourceTemporaryUnavailable');
    await lab.lake.api('PUT', '/rses/TWO', { availability_write: true });
    assert.equal(await count(), before);
    for (const wrong of [
      { dids: 7 },
      { dids: [7] },
      { dids: [{ scope: 's' }] },
      { dids: [], schemes: 7 },
      { dids: [], domain: 'moon' },
      { dids: [], client_location: 'home' },
    ]) {
      await refuses(lab.lake.api('POST', '/replicas/list', wrong), 400, 'InvalidObject');
    }
    await refuses(lab.lake.api('POST', '/replicas/list', { dids: [], nrandom: 'many' }), 400, 'TypeError');
    await refuses(
      lab.lake.api('POST', '/replicas/list', { dids: [], updated_after: 'yesterday' }),
      400,
      'ValueError',
    );
    await refuses(
      lab.lake.api('POST', '/replicas/list', { dids: [], sort: 'alphabet' }),
      400,
      'SortingAlgorithmNotSupported',
    );
    await refuses(
      lab.lake.api('POST', '/replicas/list', { dids: [file('x')], rse_expression: 'a=|' }),
      400,
      'InvalidRSEExpression',
    );
    await refuses(
      lab.lake.api('POST', '/replicas/list', { dids: [] }, { headers: { accept: 'text/html' } }),
      406,
      'UnsupportedRequestedContentType',
    );
  });
});
