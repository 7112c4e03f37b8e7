import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestLake, type TestAnswer, type TestLake } from '../testing/test-lake.ts';

const refused = (answer: TestAnswer, status: number, name: string) => {
  assert.equal(answer.json?.ExceptionClass, name, answer.text);
  assert.equal(answer.status, status);
};

describe('metadata keys', () => {
  let t: TestLake;
  before(async () => {
    t = await startTestLake();
  });
  after(() => t.stop());
  const key = (name: string, body: unknown) => t.api('POST', `/meta_conventions/${name}`, body);
  const value = (name: string, one: unknown) => t.api('POST', `/meta_conventions/${name}/`, { value: one });

  it('and their values are made and listed', async () => {
    assert.equal(
      (await key('project', { key_type: 'ALL', value_type: null, value_regexp: null })).text,
      'Created',
    );
    assert.equal((await key('events', { key_type: 'D', value_type: "<class 'int'>" })).status, 201);
    assert.deepEqual((await t.api('GET', '/meta_conventions/')).json, ['events', 'project']);
    assert.equal((await value('project', 'data26')).status, 201);
    assert.equal((await value('events', 5)).status, 201);
    assert.deepEqual((await t.api('GET', '/meta_conventions/project/')).json, ['data26']);
    assert.deepEqual((await t.api('GET', '/meta_conventions/unknown/')).json, []);
  });

  it('hold values to their type and expression', async () => {
    const guid = '^(\\{){0,1}[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}(\\}){0,1}$';
    assert.equal((await key('guid', { key_type: 'FILE', value_regexp: guid })).status, 201);
    assert.equal((await value('guid', '{01234567-89ab}')).status, 201);
    refused(await value('guid', 'nonsense'), 400, 'InvalidValueForKey');
    refused(await value('events', 'five'), 400, 'InvalidValueForKey');
    for (const bad of [null, [], 'x'.repeat(300)])
      refused(await value('project', bad), 400, 'InvalidValueForKey');
    refused(await value('project', 'data26'), 409, 'Duplicate');
    refused(await value('unknown', 'x'), 404, 'KeyNotFound');
    assert.equal((await key('slow', { key_type: 'ALL', value_regexp: '(a+)+$' })).status, 201);
    refused(await value('slow', `${'a'.repeat(200)}!`), 400, 'InvalidValueForKey');
  });

  it('refuse bad input and those who may not', async () => {
    refused(await key('project', { key_type: 'ALL' }), 409, 'Duplicate');
    refused(await key('new', { key_type: 'A' }), 400, 'UnsupportedKeyType');
    refused(await key('new', {}), 400, 'UnsupportedKeyType');
    refused(await key('new', { key_type: 'ALL', value_type: 'bla' }), 400, 'UnsupportedValueType');
    refused(await key('new', { key_type: 'ALL', value_regexp: '(' }), 400, 'InvalidObject');
    refused(await key('new', { key_type: 'ALL', value_regexp: 5 }), 400, 'InvalidObject');
    refused(await key('x'.repeat(256), { key_type: 'ALL' }), 400, 'InvalidObject');
    const plain = await t.newAccount('plain');
    refused(await t.api('POST', '/meta_conventions/new', { key_type: 'ALL' }, plain), 401, 'AccessDenied');
    assert.deepEqual((await t.api('GET', '/meta_conventions')).json, ['events', 'guid', 'project', 'slow']);
  });
});
