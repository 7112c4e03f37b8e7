import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';

describe('DIDs over REST', () => {
  let lake: TestLake;
  let number = 0;
  const fresh = (kind: string) => `${kind}.${++number}`;
  const file = (name: string, more: object = {}) => ({
    scope: 's',
    name,
    bytes: 10,
    adler32: '0cc737eb',
    ...more,
  });
  const make = async (type: string, name = fresh(type.toLowerCase()), more: object = {}) => {
    const answer = await lake.api('POST', `/dids/s/${name}`, { type, ...more });
    assert.equal(answer.status, 201, answer.text);
    return name;
  };
  const makeFiles = async (count: number) => {
    const files = Array.from({ length: count }, () => file(fresh('file')));
    const answer = await lake.api('POST', '/replicas', { rse: 'ONE', files });
    assert.equal(answer.status, 201, answer.text);
    return files;
  };
  const attach = (parent: string, dids: object[], more: object = {}) =>
    lake.api('POST', `/dids/s/${parent}/dids`, { dids, ...more });
  const named = (...names: string[]) => names.map((name) => ({ scope: 's', name }));
  const refuses = async (call: Promise<{ status: number; text: string }>, status: number, name: string) => {
    const answer = await call;
    assert.equal(answer.status, status, answer.text);
    assert.equal(JSON.parse(answer.text).ExceptionClass, name, answer.text);
  };
  const list = async (path: string) => (await lake.api('GET', path)).json;

  before(async () => {
    lake = await startTestLake();
    const { sql } = lake.lake;
    await sql`insert into scopes (scope, account) values ('s', 'root'), ('mock', 'root')`;
    await sql`insert into rses (rse) values ('ONE'), ('TWO')`;
  });

  after(() => lake.stop());

  test('a collection is made, read, closed and opened', async () => {
    const name = await make('DATASET', 'my/data set'.replace(' ', '.'), {
      lifetime: 60,
      statuses: { monotonic: true },
    });
    const did = await list(`/dids/s/${encodeURIComponent(name)}`);
    assert.equal(did.type, 'DATASET');
    assert.equal(did.open, true);
    assert.equal(did.monotonic, true);
    assert.match(did.expired_at, /UTC$/);
    await refuses(
      lake.api('POST', `/dids/s/${name}`, { type: 'DATASET' }),
      409,
      'DataIdentifierAlreadyExists',
    );
    const dataset = await make('DATASET');
    await attach(dataset, await makeFiles(3));
    assert.equal((await list(`/dids/s/${dataset}`)).length, null);
    assert.equal((await list(`/dids/s/${dataset}?dynamic=1`)).bytes, 30);
    assert.equal((await lake.api('PUT', `/dids/s/${dataset}/status`, { open: false })).status, 200);
    assert.deepEqual(
      [(await list(`/dids/s/${dataset}`)).length, (await list(`/dids/s/${dataset}`)).bytes],
      [3, 30],
    );
    await refuses(attach(dataset, await makeFiles(1)), 409, 'UnsupportedOperation');
    await refuses(lake.api('PUT', `/dids/s/${dataset}/status`, { open: false }), 409, 'UnsupportedOperation');
    await refuses(lake.api('PUT', `/dids/s/${dataset}/status`, { shut: true }), 409, 'UnsupportedStatus');
    assert.equal((await lake.api('PUT', `/dids/s/${dataset}/status`, { open: true })).status, 200);
  });

  test('files in datasets in containers are listed, once per dataset', async () => {
    const [one, two, inner, outer] = [
      await make('DATASET'),
      await make('DATASET'),
      await make('CONTAINER'),
      await make('CONTAINER'),
    ];
    const files = await makeFiles(5);
    assert.equal((await attach(one, files)).status, 201);
    assert.equal((await attach(two, files.slice(0, 2))).status, 201);
    assert.equal((await attach(inner, named(one, two))).status, 201);
    assert.equal((await attach(outer, named(inner))).status, 201);
    const found = await list(`/dids/s/${outer}/files`);
    assert.equal(found.length, 7);
    assert.deepEqual(Object.keys(found[0]), ['scope', 'name', 'bytes', 'adler32', 'guid', 'events']);
    assert.ok('lumiblocknr' in (await list(`/dids/s/${one}/files?long=False`))[0]);
    assert.deepEqual(
      (await list(`/dids/s/${inner}/dids`)).map((did: { type: string }) => did.type),
      ['DATASET', 'DATASET'],
    );
    assert.deepEqual(
      (await list(`/dids/s/${files[0]!.name}/parents`)).map((did: { name: string }) => did.name).sort(),
      [one, two].sort(),
    );
    assert.equal(
      (await lake.api('POST', '/dids/bulkfiles', { dids: named(one, two, 'nothing') })).json.length,
      7,
    );
    assert.deepEqual(
      (await list(`/dids/s?name=${outer}&recursive=True`)).map((did: { level: number }) => did.level).sort(),
      [1, 2, 2, 3, 3, 3, 3, 3, 3, 3],
    );
    await refuses(lake.api('GET', '/dids/s/absent/files'), 404, 'DataIdentifierNotFound');
  });

  test('attaching tells the judge once per parent and counts the copies', async () => {
    const { sql } = lake.lake;
    const dataset = await make('DATASET');
    const files = await makeFiles(4);
    await attach(dataset, files);
    const [did] = await sql<{ id: number }[]>`select id from dids where name = ${dataset}`;
    const orders =
      await sql`select action, cardinality(children)::int as children from updated_dids where did_id = ${did!.id}`;
    assert.deepEqual(
      [...orders].map((row) => ({ ...row })),
      [{ action: 'A', children: 4 }],
    );
    const gone = await lake.api('DELETE', `/dids/s/${dataset}/dids`, { dids: files.slice(0, 1) });
    assert.equal(gone.status, 200, gone.text);
    const [copies] =
      await sql`select length, bytes, available_length from collection_replicas_now where did_id = ${did!.id}`;
    assert.deepEqual({ ...copies }, { length: 3, bytes: 30, available_length: 3 });
    const [history] = await list(`/dids/s/${dataset}/dids/history`);
    assert.equal(history.name, files[0]!.name);
    assert.equal(history.type, 'FILE');
  });

  test('what may not be attached is refused, and nothing of the call is', async () => {
    const [dataset, container] = [await make('DATASET'), await make('CONTAINER')];
    const [known, other] = (await makeFiles(2)) as [ReturnType<typeof file>, ReturnType<typeof file>];
    await attach(dataset, [known]);
    await refuses(attach(dataset, [other, known]), 409, 'FileAlreadyExists');
    await refuses(attach(dataset, [other, ...named('absent')]), 404, 'DataIdentifierNotFound');
    await refuses(attach(dataset, [other, ...named(container)]), 409, 'UnsupportedOperation');
    await refuses(attach(dataset, [{ ...other, bytes: 11 }]), 412, 'FileConsistencyMismatch');
    await refuses(attach(dataset, [{ ...other, adler32: 'ffffffff' }]), 412, 'FileConsistencyMismatch');
    await refuses(attach(container, [other]), 409, 'UnsupportedOperation');
    await refuses(attach(container, named(container)), 409, 'UnsupportedOperation');
    await refuses(attach(other.name, [known]), 409, 'UnsupportedOperation');
    assert.equal((await list(`/dids/s/${dataset}/dids`)).length, 1);
    const again = await lake.api('POST', '/dids/attachments', {
      attachments: [{ scope: 's', name: dataset, dids: [other, known] }],
      ignore_duplicate: true,
    });
    assert.equal(again.status, 201);
    assert.equal((await list(`/dids/s/${dataset}/dids`)).length, 2);
    await refuses(
      lake.api('DELETE', `/dids/s/${dataset}/dids`, { dids: [known, ...named('absent')] }),
      404,
      'DataIdentifierNotFound',
    );
    assert.equal((await list(`/dids/s/${dataset}/dids`)).length, 2);
  });

  test('no circle of containers can close', async () => {
    const [a, b, c] = [await make('CONTAINER'), await make('CONTAINER'), await make('CONTAINER')];
    await attach(a, named(b));
    await attach(b, named(c));
    await refuses(attach(c, named(a)), 409, 'UnsupportedOperation');
    const dataset = await make('DATASET');
    await refuses(attach(c, named(dataset, await make('CONTAINER'))), 409, 'UnsupportedOperation');
  });

  test('files attached with an RSE get their copies there', async () => {
    const dataset = await make('DATASET');
    const files = [file(fresh('file')), file(fresh('file'))];
    const answer = await attach(dataset, files, { rse: 'TWO' });
    assert.equal(answer.status, 201, answer.text);
    assert.equal((await list(`/dids/s/${dataset}/files`)).length, 2);
  });

  test('metadata: columns, documents, inheritance', async () => {
    const dataset = await make('DATASET', undefined, { meta: { project: 'p1', colour: 'red' } });
    assert.equal((await lake.api('POST', `/dids/s/${dataset}/meta/run_number`, { value: 7 })).status, 201);
    assert.equal(
      (await lake.api('POST', `/dids/s/${dataset}/meta`, { meta: { size: 3, nested: { a: [1] } } })).status,
      201,
    );
    const columns = await list(`/dids/s/${dataset}/meta`);
    assert.deepEqual(
      [columns.project, columns.run_number, columns.did_type, columns.colour],
      ['p1', 7, 'DATASET', undefined],
    );
    assert.deepEqual(await list(`/dids/s/${dataset}/meta?plugin=JSON`), {
      size: 3,
      colour: 'red',
      nested: { a: [1] },
    });
    assert.equal((await list(`/dids/s/${dataset}/meta?plugin=ALL`)).colour, 'red');
    const [child] = await makeFiles(1);
    await attach(dataset, [child!]);
    const bulk = await lake.api('POST', '/dids/bulkmeta', {
      dids: named(child!.name),
      inherit: true,
      plugin: 'ALL',
    });
    assert.equal(bulk.json[0].colour, 'red');
    assert.equal(bulk.json[0].did_type, 'FILE');
    await lake.api('POST', `/dids/s/${dataset}/meta`, {
      meta: { campaign: 'c9', taste: 'sour' },
      recursive: true,
    });
    assert.equal((await list(`/dids/s/${child!.name}/meta`)).campaign, 'c9');
    assert.equal((await lake.api('DELETE', `/dids/s/${dataset}/meta?key=colour`)).status, 200);
    await refuses(lake.api('DELETE', `/dids/s/${dataset}/meta?key=colour`), 404, 'KeyNotFound');
    await refuses(lake.api('GET', `/dids/s/${dataset}/meta?plugin=NOPE`), 400, 'UnsupportedMetadataPlugin');
    await refuses(lake.api('POST', `/dids/s/${dataset}/meta/a.b`, { value: 1 }), 400, 'InvalidMetadata');
    await refuses(lake.api('POST', `/dids/s/${dataset}/meta/bytes`, { value: 1 }), 400, 'InvalidMetadata');
    await refuses(
      lake.api('POST', `/dids/s/${dataset}/meta/run_number`, { value: 'x' }),
      400,
      'InvalidValueForKey',
    );
    await refuses(
      lake.api('POST', `/dids/s/${dataset}/meta/guid`, { value: 'x' }),
      409,
      'UnsupportedOperation',
    );
    await refuses(
      lake.api('POST', `/dids/s/absent/meta/colour`, { value: 'x' }),
      404,
      'DataIdentifierNotFound',
    );
    const set = await lake.api('POST', '/dids/bulkdidsmeta', {
      dids: [{ scope: 's', name: dataset, meta: { colour: 'blue', events: undefined } }],
    });
    assert.equal(set.status, 201, set.text);
    assert.equal((await list(`/dids/s/${dataset}/meta?plugin=JSON`)).colour, 'blue');
  });

  test('search: wildcards, comparisons, groups, documents, types, limit', async () => {
    const names = [];
    for (const [index, run] of [1, 5, 9].entries())
      names.push(
        await make('DATASET', `find.${index}`, {
          meta: { run_number: run, shape: index === 2 ? 'round' : 'flat' },
        }),
      );
    const search = async (filters: string, more = '') =>
      await list(`/dids/s/dids/search?filters=${encodeURIComponent(filters)}${more}`);
    assert.deepEqual(await search("[{'name': 'find.*'}]"), names);
    assert.deepEqual(await search("[{'name': 'find_0'}]"), []);
    assert.deepEqual(await search("[{'run_number.gte': 5, 'run_number.lt': '9', 'name': 'find*'}]"), [
      'find.1',
    ]);
    assert.deepEqual(await search("[{'run_number': 1}, {'shape': 'round'}]"), ['find.0', 'find.2']);
    assert.deepEqual(await search("[{'shape': 'fl*', 'name': 'find*'}]", '&limit=1'), ['find.0']);
    assert.deepEqual(await search("[{'name': 'find.*'}]", '&type=container'), []);
    assert.deepEqual(await list('/dids/s/dids/search?name=find.1'), ['find.1']);
    const [long] = await search("[{'name': 'find.1'}]", '&long=True');
    assert.deepEqual(long, { scope: 's', name: 'find.1', did_type: 'DATASET', bytes: null, length: null });
    const container = await make('CONTAINER', 'find.c');
    await attach(container, named('find.1'));
    assert.deepEqual(await search("[{'name': 'find.c'}]", '&recursive=True'), ['find.1', 'find.c']);
    assert.equal(
      (await search("[{'created_after': 'Fri, 20 Nov 2020 05:54:06 UTC', 'name': 'find.*'}]")).length,
      4,
    );
    const bad = (filters: string, more = '') =>
      lake.api('GET', `/dids/s/dids/search?filters=${encodeURIComponent(filters)}${more}`);
    await refuses(bad("__import__('os')"), 400, 'DIDFilterSyntaxError');
    await refuses(bad('['.repeat(50)), 400, 'DIDFilterSyntaxError');
    await refuses(bad("[{'run_number.like': 1}]"), 400, 'DIDFilterSyntaxError');
    await refuses(bad("[{'run_number.gt': '1*'}]"), 400, 'DIDFilterSyntaxError');
    await refuses(bad("[{'created_after': 'yesterday'}]"), 400, 'DIDFilterSyntaxError');
    await refuses(bad("[{'name': 'a'}]", '&type=potato'), 409, 'UnsupportedOperation');
    await refuses(
      bad("[{'created_after': '2020-01-01', 'created_at.gte': '2020-01-01'}]"),
      400,
      'DuplicateCriteriaInDIDFilter',
    );
    assert.deepEqual(await search(`[{'name': "x'; drop table dids; --"}]`), []);
  });

  test('samples, followers, resurrection, archives', async () => {
    const dataset = await make('DATASET');
    await attach(dataset, await makeFiles(5));
    const sample = fresh('sample');
    const body = {
      input_scope: 's',
      input_name: dataset,
      output_scope: 's',
      output_name: sample,
      nbfiles: '2',
    };
    assert.equal((await lake.api('POST', '/dids/sample', body)).status, 201);
    assert.equal((await list(`/dids/s/${sample}/files`)).length, 2);
    const another = fresh('sample');
    assert.equal((await lake.api('POST', `/dids/s/${dataset}/s/${another}/3/sample`)).status, 201);
    assert.equal((await list(`/dids/s/${another}/files`)).length, 3);
    await refuses(lake.api('POST', '/dids/sample', { ...body, nbfiles: 'many' }), 400, 'ValueError');
    assert.equal((await lake.api('POST', `/dids/s/${dataset}/follow`, { account: 'root' })).status, 200);
    assert.match((await lake.api('GET', `/dids/s/${dataset}/follow`)).text, /"user":"root"/);
    await refuses(lake.api('POST', '/dids/resurrect', named('never.was')), 404, 'DataIdentifierNotFound');
    const archive = file(fresh('a').concat('.tar.gz'));
    await lake.api('POST', '/replicas', { rse: 'ONE', files: [archive] });
    assert.equal((await attach(archive.name, [file(fresh('inside'))])).status, 201);
    assert.equal((await list(`/archives/s/${archive.name}/files`)).length, 1);
  });

  test('only owners and administrators write in a scope; everybody reads', async () => {
    const { token } = await lake.newAccount('guest');
    const dataset = await make('DATASET');
    const as = { token };
    await refuses(lake.api('POST', `/dids/s/${fresh('d')}`, { type: 'DATASET' }, as), 401, 'AccessDenied');
    await refuses(lake.api('POST', `/dids/s/${dataset}/dids`, { dids: named('x') }, as), 401, 'AccessDenied');
    await refuses(lake.api('POST', `/dids/s/${dataset}/meta/k`, { value: 1 }, as), 401, 'AccessDenied');
    await refuses(lake.api('PUT', `/dids/s/${dataset}/status`, { open: false }, as), 401, 'AccessDenied');
    assert.equal((await lake.api('GET', `/dids/s/${dataset}`, undefined, as)).status, 200);
    assert.equal((await lake.api('POST', `/dids/mock/${fresh('d')}`, { type: 'DATASET' }, as)).status, 201);
  });

  test('bad input gets the class of the field and changes nothing', async () => {
    const count = async () => (await lake.lake.sql<{ n: number }[]>`select count(*) as n from dids`)[0]!.n;
    const dataset = await make('DATASET');
    const before = await count();
    for (const body of [
      { type: 'POTATO' },
      { type: 7 },
      { type: 'DATASET', dids: 'x' },
      { type: 'DATASET', lifetime: 'long' },
      { type: 'DATASET', meta: 'x' },
      { type: 'DATASET', dids: [{ scope: 's', name: 'x', bytes: -1 }] },
      { type: 'DATASET', dids: [{ scope: 's', name: 'x', colour: 'red' }] },
    ]) {
      const answer = await lake.api('POST', `/dids/s/${fresh('bad')}`, body);
      assert.equal(answer.status, 400, JSON.stringify(body) + answer.text);
    }
    await refuses(lake.api('POST', `/dids/s/${fresh('bad')}`, {}), 400, 'KeyError');
    await refuses(lake.api('POST', `/dids/s/${fresh('bad')}`, 'no json'), 400, 'ValueError');
    await refuses(lake.api('POST', `/dids/s/${fresh('bad')}`, { type: 'FILE' }), 409, 'UnsupportedOperation');
    await refuses(
      lake.api('POST', `/dids/nowhere/${fresh('bad')}`, { type: 'DATASET' }),
      404,
      'ScopeNotFound',
    );
    await refuses(
      lake.api('POST', `/dids/s/${encodeURIComponent('sp ace')}`, { type: 'DATASET' }),
      400,
      'InvalidObject',
    );
    await refuses(lake.api('POST', `/dids/s/${'x'.repeat(251)}`, { type: 'DATASET' }), 400, 'InvalidObject');
    await refuses(attach(dataset, []), 400, 'InvalidObject');
    await refuses(
      attach(
        dataset,
        Array.from({ length: 1001 }, () => file('x')),
      ),
      400,
      'InvalidObject',
    );
    await refuses(lake.api('POST', '/dids', [{ scope: 's', name: 'x' }]), 400, 'KeyError');
    const duplicates = [
      { scope: 's', name: 'twice', type: 'DATASET' },
      { scope: 's', name: 'twice', type: 'DATASET' },
    ];
    await refuses(lake.api('POST', '/dids', duplicates), 409, 'DataIdentifierAlreadyExists');
    await refuses(lake.api('GET', '/dids/s/%00'), 400, 'ValueError');
    assert.equal(await count(), before);
  });
});
