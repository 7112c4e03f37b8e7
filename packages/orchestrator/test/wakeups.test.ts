import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { seedFiles, seedRses, seedRule } from '../src/testing/seed-lake.ts';
import { startTestLake, type TestLake } from '../src/testing/test-lake.ts';

// What is written through the REST interface wakes the daemons that go on with it; polling is the net only.
describe('who is woken by a write', () => {
  const channels = [
    ...['rses', 'quotas', 'accounts', 'hermes', 'reaper', 'undertaker'],
    ...['judge-injector', 'judge-evaluator', 'judge-repairer', 'judge-cleaner'],
    ...['conveyor-preparer', 'conveyor-submitter', 'conveyor-canceler', 'conveyor-finisher'],
  ];
  const woken = new Set<string>();
  let lake: TestLake;
  let rule: string;
  before(async () => {
    lake = await startTestLake();
    const ids = await seedRses(lake.lake, { ONE: { attributes: { ONE: 'true' } }, TWO: {} });
    const files = await seedFiles(lake.lake, 'f', 3, ids.ONE);
    rule = await seedRule(lake.lake, files.slice(0, 1), ids.TWO!);
    await lake.newAccount('guest');
    await lake.api('POST', '/dids/test/ds', { type: 'DATASET' });
    for (const channel of channels) lake.lake.wakeups.on(channel, () => woken.add(channel));
  });
  after(() => lake.stop());

  const fresh = (name: string) => ({ scope: 'test', name, bytes: 10, adler32: '00000001' });
  const known = (number: number, more: object = {}) => ({ scope: 'test', name: `f.${number}`, ...more });
  const ends = { lifetime: -1 };
  const calls: [what: string, call: () => [method: string, path: string, body?: unknown], wakes: string[]][] =
    [
      [
        'copies registered',
        () => ['POST', '/replicas', { rse: 'ONE', files: [fresh('new.1')] }],
        ['conveyor-preparer'],
      ],
      [
        'attached with copies',
        () => ['POST', '/dids/test/ds/dids', { rse: 'ONE', dids: [fresh('new.2')] }],
        ['conveyor-preparer', 'hermes', 'judge-evaluator'],
      ],
      [
        'attached with copies, many',
        () => [
          'POST',
          '/dids/attachments',
          [{ scope: 'test', name: 'ds', rse: 'ONE', dids: [fresh('new.3')] }],
        ],
        ['conveyor-preparer', 'hermes', 'judge-evaluator'],
      ],
      ['attached', () => ['POST', '/dids/test/ds/dids', { dids: [known(1)] }], ['hermes', 'judge-evaluator']],
      [
        'a dataset with copies',
        () => ['POST', '/dids/test/ds.2', { type: 'DATASET', rse: 'ONE', dids: [fresh('new.4')] }],
        ['conveyor-preparer', 'hermes', 'judge-evaluator'],
      ],
      [
        'a dataset that ended',
        () => ['POST', '/dids/test/ds.3', { type: 'DATASET', lifetime: -1 }],
        ['hermes', 'undertaker'],
      ],
      ['a lifetime that ended', () => ['POST', '/dids/test/ds.2/meta', { meta: ends }], ['undertaker']],
      ['a lifetime by key', () => ['POST', '/dids/test/ds.2/meta/lifetime', { value: 0 }], ['undertaker']],
      [
        'lifetimes of many',
        () => ['POST', '/dids/bulkdidsmeta', { dids: [{ scope: 'test', name: 'ds.2', meta: ends }] }],
        ['undertaker'],
      ],
      ['a lifetime that goes on', () => ['POST', '/dids/test/ds.2/meta', { meta: { lifetime: 1000 } }], []],
      [
        'copies declared bad',
        () => ['POST', '/replicas/bad', { replicas: [known(2, { rse: 'ONE' })], reason: 'rot' }],
        ['hermes', 'judge-repairer', 'rses'],
      ],
      [
        'a copy found good',
        () => ['PUT', '/replicas', { rse: 'ONE', files: [known(2, { state: 'A' })] }],
        ['conveyor-canceler', 'conveyor-preparer', 'hermes', 'judge-repairer', 'reaper'],
      ],
      [
        'a tombstone',
        () => ['POST', '/replicas/tombstone', { replicas: [known(2, { rse: 'ONE' })] }],
        ['reaper'],
      ],
      [
        'a rule boosted',
        () => ['PUT', `/rules/${rule}`, { options: { boost_rule: true } }],
        [
          ...['conveyor-canceler', 'conveyor-preparer', 'conveyor-submitter'],
          ...['hermes', 'judge-cleaner', 'judge-repairer'],
        ],
      ],
      ['a rule ended', () => ['DELETE', `/rules/${rule}`, {}], ['judge-cleaner']],
      ['room for an account', () => ['POST', '/accounts/guest/limits/local/ONE', { bytes: 10 }], ['quotas']],
      [
        'room for an account, by expression',
        () => ['POST', '/accounts/guest/limits/global/ONE', { bytes: 10 }],
        ['quotas'],
      ],
      [
        'the space at a storage',
        () => ['PUT', '/rses/ONE/usage', { source: 'storage', used: 10, free: 0 }],
        ['reaper'],
      ],
      ['a storage opened', () => ['PUT', '/rses/ONE', { availability_write: true }], ['rses']],
    ];
  for (const [what, call, wakes] of calls) {
    test(what, async () => {
      woken.clear();
      const answer = await lake.api(...call());
      assert.ok(answer.status < 300, answer.text);
      assert.deepEqual([...woken].sort(), wakes);
    });
  }
});
