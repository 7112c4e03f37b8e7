import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { twoStorages } from '../testing/two-storages.ts';

describe('settings', () => {
  const lab = twoStorages();

  test('priority, limits, shares, bans and stubs', async () => {
    const link = {
      symbolicname: 'l1',
      source: 'https://a.example',
      destination: '*',
      min_active: 1,
      max_active: 3,
    };
    assert.equal((await lab.bench.call('POST', '/config/links', link)).status, 201);
    assert.equal((await lab.bench.call('GET', '/config/links/l1')).json.max_active, 3);
    const se = { 'https://se.example': { se_info: { inbound_max_active: 7 }, operations: {} } };
    assert.equal((await lab.bench.call('POST', '/config/se', se)).status, 200);
    assert.deepEqual(
      (await lab.bench.call<Record<string, { se_info: object }>>('GET', '/config/se')).json[
        'https://se.example'
      ]?.se_info,
      { inbound_max_active: 7 },
    );
    assert.equal(
      (await lab.bench.call('POST', '/config/activity_shares', { vo: 'leman', share: { A: 0.7, B: 0.3 } }))
        .status,
      200,
    );
    const banned = await lab.bench.call('POST', '/ban/se', {
      storage: 'http://127.0.0.5',
      status: 'wait',
      allow_submit: true,
      message: 'maintenance',
    });
    assert.equal(banned.status, 200);
    const jobId = await lab.bench.submit([
      { sources: [`${lab.source.url}/plain`], destinations: ['http://127.0.0.5:1/x'] },
    ]);
    const { json: files } = await lab.bench.call<{ reason_code: string; reason_facts: { detail: string } }[]>(
      'GET',
      `/jobs/${jobId}/files`,
    );
    assert.equal(files[0]?.reason_code, 'DESTINATION_CLOSED');
    assert.equal(files[0]?.reason_facts.detail, 'maintenance');
    for (const se of ['http://127.0.0.5', 'http://127.0.0.5:1']) {
      assert.equal((await lab.bench.call<unknown[]>('GET', `/files?dest_se=${se}`)).json.length, 1);
    }
    const doomed = await lab.bench.submit([
      { sources: ['http://127.0.0.6:1/a'], destinations: ['http://127.0.0.5:1/y'] },
    ]);
    assert.deepEqual((await lab.bench.call('POST', '/ban/se', { storage: 'http://127.0.0.6' })).json, [
      doomed,
    ]);
    assert.equal((await lab.bench.ended(doomed)).state, 'CANCELED');
    const refused = await lab.bench.call('POST', '/jobs', {
      files: [{ sources: ['http://127.0.0.6:1/a'], destinations: ['http://127.0.0.5:1/z'] }],
    });
    assert.equal(refused.status, 403);
    assert.equal((await lab.bench.call('DELETE', '/ban/se?storage=http://127.0.0.6')).status, 204);
    assert.equal(
      (await lab.bench.call('POST', `/jobs/${jobId}`, { params: { priority: 5 } })).json.priority,
      5,
    );
    assert.equal((await lab.bench.call('DELETE', `/jobs/${jobId}`)).json.job_state, 'CANCELED');
    assert.equal(
      (await lab.bench.call('POST', `/jobs/${jobId}`, { params: { priority: 5 } })).json.http_status,
      '304 Not Modified',
    );
    assert.equal((await lab.bench.call('DELETE', '/ban/se?storage=http://127.0.0.5')).status, 204);
    assert.equal((await lab.bench.call<{ api: { major: number } }>('GET', '/')).json.api.major, 3);
    const { json: who } = await lab.bench.call('GET', '/whoami');
    assert.ok((await lab.bench.call('GET', `/delegation/${who.delegation_id}`)).json.termination_time);
    assert.equal((await lab.bench.call<unknown[]>('GET', `/jobs/${jobId}/dm`)).json.length, 0);
  });
});
