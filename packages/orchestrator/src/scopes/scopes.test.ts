import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestLake, type TestAnswer, type TestLake } from '../testing/test-lake.ts';

const refused = (answer: TestAnswer, status: number, name: string) => {
  assert.equal(answer.json?.ExceptionClass, name, answer.text);
  assert.equal(answer.status, status);
};

describe('scopes', () => {
  let t: TestLake;
  let ana: { token: string };
  before(async () => {
    t = await startTestLake();
    ana = await t.newAccount('ana');
    await t.newAccount('bob');
  });
  after(() => t.stop());

  it('are made, listed and given away', async () => {
    assert.equal((await t.api('POST', '/accounts/ana/scopes/user.ana')).status, 201);
    assert.equal((await t.api('POST', '/scopes/ana/data_26-x', {})).text, 'Created');
    assert.deepEqual((await t.api('GET', '/scopes/')).json, ['data_26-x', 'user.ana']);
    assert.deepEqual((await t.api('GET', '/accounts/ana/scopes/')).json, ['data_26-x', 'user.ana']);
    assert.deepEqual((await t.api('GET', '/scopes/ana/scopes')).json, ['data_26-x', 'user.ana']);
    assert.equal((await t.api('PUT', '/scopes/bob/user.ana', undefined, ana)).status, 201);
    assert.deepEqual((await t.api('GET', '/scopes/owner/')).json, [
      { scope: 'data_26-x', account: 'ana' },
      { scope: 'user.ana', account: 'bob' },
    ]);
    refused(await t.api('PUT', '/scopes/ana/user.ana', undefined, ana), 401, 'AccessDenied');
  });

  it('refuse bad input and those who may not', async () => {
    for (const scope of ['a b', 'x'.repeat(26), '$?!', 'a/b', 'é', 'a\u0000']) {
      refused(await t.api('POST', `/accounts/ana/scopes/${encodeURIComponent(scope)}`), 400, 'InvalidObject');
    }
    refused(await t.api('POST', '/accounts/ana/scopes/user.ana'), 409, 'Duplicate');
    refused(await t.api('POST', '/accounts/nobody/scopes/new'), 404, 'AccountNotFound');
    refused(await t.api('POST', '/accounts/ana/scopes/new', undefined, ana), 401, 'AccessDenied');
    refused(await t.api('PUT', '/scopes/nobody/user.ana'), 404, 'AccountNotFound');
    refused(await t.api('PUT', '/scopes/ana/new'), 404, 'ScopeNotFound');
    refused(await t.api('GET', '/accounts/nobody/scopes'), 404, 'AccountNotFound');
    refused(await t.api('GET', '/accounts/root/scopes'), 404, 'ScopeNotFound');
    assert.equal((await t.api('GET', '/scopes')).json.length, 2);
  });
});
