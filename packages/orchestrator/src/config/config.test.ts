import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestLake, type TestAnswer, type TestLake } from '../testing/test-lake.ts';
import { configValue } from './config-value.ts';

const refused = (answer: TestAnswer, status: number, name: string) => {
  assert.equal(answer.json?.ExceptionClass, name, answer.text);
  assert.equal(answer.status, status);
};

describe('configuration', () => {
  let t: TestLake;
  before(async () => {
    t = await startTestLake();
  });
  after(() => t.stop());

  it('values are what their text means', () => {
    for (const [text, value] of [
      ['True', true],
      ['off', false],
      ['42', 42],
      ['-1.5', -1.5],
      ['1e3', 1000],
      ['9007199254740993', '9007199254740993'],
      ['.', '.'],
      ['', ''],
      ['0x10', '0x10'],
      ['Infinity', 'Infinity'],
      ['a/b/../', 'a/b/../'],
    ] as const) {
      assert.equal(configValue(text), value);
    }
  });

  it('is set, shown and removed', async () => {
    assert.equal(
      (await t.api('POST', '/config', { one: { a: 'True', b: 5, c: 'x?y=%2F' }, two: { d: true } })).text,
      'Created',
    );
    assert.deepEqual((await t.api('GET', '/config')).json, {
      one: { a: true, b: 5, c: 'x?y=%2F' },
      two: { d: true },
    });
    assert.deepEqual((await t.api('GET', '/config/two')).json, { d: true });
    assert.equal((await t.api('GET', '/config/one/c')).json, 'x?y=%2F');
    assert.equal((await t.api('PUT', '/config/one/b/7')).status, 201);
    assert.equal((await t.api('GET', '/config/one/b')).json, 7);
    assert.equal((await t.api('DELETE', '/config/one/b')).status, 200);
    refused(await t.api('DELETE', '/config/one/b'), 404, 'ConfigNotFound');
    refused(await t.api('GET', '/config/one/b'), 404, 'ConfigNotFound');
    assert.equal((await t.api('DELETE', '/config/two')).status, 200);
    refused(await t.api('DELETE', '/config/two'), 404, 'ConfigNotFound');
    refused(await t.api('GET', '/config/two'), 404, 'ConfigNotFound');
  });

  it('refuses bad input and those who may not', async () => {
    const before = (await t.api('GET', '/config')).text;
    refused(await t.api('POST', '/config', { one: { a: 'no' }, two: 5 }), 400, 'ValueError');
    refused(await t.api('POST', '/config', { one: { a: 'no', x: null } }), 400, 'ConfigurationError');
    refused(
      await t.api('POST', '/config', { one: { a: 'no', x: 'y'.repeat(5000) } }),
      400,
      'ConfigurationError',
    );
    refused(
      await t.api('POST', '/config', { one: { a: 'no', ['x'.repeat(200)]: 1 } }),
      400,
      'ConfigurationError',
    );
    refused(await t.api('POST', '/config', []), 400, 'TypeError');
    const plain = await t.newAccount('plain');
    for (const [method, path] of [
      ['GET', '/config'],
      ['GET', '/config/one'],
      ['GET', '/config/one/a'],
      ['DELETE', '/config/one'],
      ['DELETE', '/config/one/a'],
      ['PUT', '/config/one/a/1'],
    ] as const) {
      refused(await t.api(method, path, undefined, plain), 401, 'AccessDenied');
    }
    refused(await t.api('POST', '/config', { one: { a: 1 } }, plain), 401, 'AccessDenied');
    assert.equal((await t.api('GET', '/config')).text, before);
  });

  it('knows one VO only, and its version', async () => {
    refused(await t.api('GET', '/vos/'), 409, 'UnsupportedOperation');
    refused(await t.api('POST', '/vos/new', {}), 409, 'UnsupportedOperation');
    refused(await t.api('PUT', '/vos/def', {}), 409, 'UnsupportedOperation');
    assert.deepEqual((await t.api('GET', '/ping/')).json, { version: '0.0.0' });
  });
});
