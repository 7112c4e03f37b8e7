import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestLake, type TestAnswer, type TestLake } from '../testing/test-lake.ts';

const refused = (answer: TestAnswer, status: number, name: string) => {
  assert.equal(answer.json?.ExceptionClass, name, answer.text);
  assert.equal(answer.status, status);
};

describe('protocols of RSEs over REST', () => {
  let t: TestLake;
  before(async () => {
    t = await startTestLake();
    for (const rse of ['SITE-A', 'SITE-N'])
      await t.api('POST', `/rses/${rse}`, { deterministic: rse === 'SITE-A' });
  });
  after(() => t.stop());

  const impl = 'rucio.rse.protocols.webdav.Default';
  const add = (body: unknown, scheme = 'https', rse = 'SITE-A') =>
    t.api('POST', `/rses/${rse}/protocols/${scheme}`, body);

  it('are added and shown', async () => {
    refused(await t.api('GET', '/rses/SITE-A/protocols'), 404, 'RSEProtocolNotSupported');
    const body = {
      hostname: 'se.example',
      port: '443',
      prefix: '/data',
      impl,
      domains: { lan: { read: 1, write: null, delete: 0 }, wan: { read: 2, third_party_copy_read: 1 } },
      extended_attributes: { a: [1, null] },
      unknown: 'ignored',
    };
    assert.equal((await add(body)).status, 201);
    const shown = {
      hostname: 'se.example',
      scheme: 'https',
      port: 443,
      prefix: '/data',
      impl,
      domains: {
        lan: { read: 1, write: null, delete: 0 },
        wan: { read: 2, write: null, delete: null, third_party_copy_read: 1, third_party_copy_write: null },
      },
      extended_attributes: { a: [1, null] },
    };
    assert.deepEqual((await t.api('GET', '/rses/SITE-A/protocols')).json, [shown]);
    assert.deepEqual((await t.api('GET', '/rses/SITE-A/protocols/https')).json.protocols, [shown]);
    assert.deepEqual((await t.api('GET', '/rses/SITE-A')).json.protocols, [shown]);
    refused(await add(body), 409, 'Duplicate');
    assert.equal((await add({ impl, read_wan: 1, extended_attributes: 'text' }, 'davs')).status, 201);
    const davs = (await t.api('GET', '/rses/SITE-A/protocols')).json[0];
    assert.deepEqual(
      [davs.scheme, davs.hostname, davs.port, davs.prefix, davs.extended_attributes],
      ['davs', 'localhost', 0, '', 'text'],
    );
  });

  it('refuse bad input and change nothing', async () => {
    const before = (await t.api('GET', '/rses/SITE-A/protocols')).text;
    refused(await add({ hostname: 'h' }, 'new'), 400, 'InvalidObject');
    refused(await add({ impl: 5 }, 'new'), 400, 'InvalidObject');
    refused(await add({ impl, port: 70_000 }, 'new'), 400, 'InvalidObject');
    refused(await add({ impl, port: 'x' }, 'new'), 400, 'InvalidObject');
    refused(await add({ impl, hostname: null }, 'new'), 400, 'InvalidObject');
    refused(await add({ impl, prefix: 'x'.repeat(2000) }, 'new'), 400, 'InvalidObject');
    refused(await add({ impl, domains: 1 }, 'new'), 400, 'InvalidObject');
    refused(await add({ impl, domains: { lan: 1 } }, 'new'), 400, 'InvalidObject');
    refused(await add({ impl, domains: { moon: { read: 1 } } }, 'new'), 404, 'RSEProtocolDomainNotSupported');
    refused(await add({ impl, domains: { lan: { fly: 1 } } }, 'new'), 404, 'RSEOperationNotSupported');
    for (const read of [-1, 1.5, '1', 2 ** 31, true]) {
      refused(await add({ impl, domains: { lan: { read } } }, 'new'), 409, 'RSEProtocolPriorityError');
    }
    refused(await add({ impl }, 'srm'), 400, 'InvalidObject');
    refused(await add({ impl }, 'new', 'NOPE'), 404, 'RSENotFound');
    assert.equal((await t.api('GET', '/rses/SITE-A/protocols')).text, before);
  });

  it('are changed and removed', async () => {
    const put = (path: string, body: unknown) => t.api('PUT', `/rses/SITE-A/protocols/${path}`, body);
    assert.equal((await put('https/se.example/443', { prefix: '/new', port: '444' })).status, 200);
    assert.equal((await t.api('GET', '/rses/SITE-A/protocols')).json[1].port, 444);
    refused(await put('https/se.example/443', { impl: null }), 404, 'RSEProtocolNotSupported');
    refused(await put('https/se.example/444', { impl: null }), 400, 'InvalidObject');
    refused(await put('https/se.example/x', { prefix: '' }), 400, 'ValueError');
    refused(await put('davs', { scheme: 'https', hostname: 'se.example', port: 444 }), 409, 'Duplicate');
    for (const path of ['gone', 'https/elsewhere', 'https/se.example/443']) {
      refused(await t.api('DELETE', `/rses/SITE-A/protocols/${path}`), 404, 'RSEProtocolNotSupported');
    }
    assert.equal((await t.api('DELETE', '/rses/SITE-A/protocols/davs')).status, 200);
  });

  it('make PFNs', async () => {
    await t.api('PUT', '/rses/SITE-A/protocols/https', { domains: { wan: { write: 1, read: 1 } } });
    const pfns = await t.api('GET', '/rses/SITE-A/lfns2pfns?lfn=user.me:f&lfn=mock:a/b');
    assert.deepEqual(pfns.json, {
      'user.me:f': 'https://se.example:444/new/user/me/6a/6b/f',
      'mock:a/b': 'https://se.example:444/new/mock/8a/ec/a/b',
    });
    refused(await t.api('GET', '/rses/SITE-A/lfns2pfns?lfn=nocolon'), 400, 'InvalidPath');
    refused(await t.api('GET', '/rses/SITE-A/lfns2pfns'), 404, 'ReplicaNotFound');
    refused(await t.api('GET', '/rses/SITE-A/lfns2pfns?lfn=a:b&scheme=root'), 404, 'RSEProtocolNotSupported');
    refused(
      await t.api('GET', '/rses/SITE-A/lfns2pfns?lfn=a:b&domain=moon'),
      404,
      'RSEProtocolDomainNotSupported',
    );
    refused(
      await t.api('GET', '/rses/SITE-A/lfns2pfns?lfn=a:b&operation=fly'),
      404,
      'RSEOperationNotSupported',
    );

    await add(
      { impl, hostname: 'n.example', prefix: '/n', domains: { wan: { write: 1 } } },
      'https',
      'SITE-N',
    );
    await t.lake.sql`insert into scopes (scope, account) values ('mock', 'root')`;
    await t.lake.sql`
      with d as (insert into dids (scope, name, did_type, account, bytes) values ('mock', 'f', 'F', 'root', 1) returning id)
      insert into replicas (did_id, rse_id, bytes, state, path)
      select d.id, r.id, 1, 'A', 'some/where/f' from d, rses r where rse = 'SITE-N'`;
    const looked = await t.api('GET', '/rses/SITE-N/lfns2pfns?lfn=mock:f&lfn=mock:unknown');
    assert.deepEqual(looked.json, { 'mock:f': 'https://n.example/n/some/where/f' });
    refused(await t.api('GET', '/rses/SITE-N/lfns2pfns?lfn=mock:unknown'), 404, 'ReplicaNotFound');
  });
});
