import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { startTestLake, type TestLake } from './test-lake.ts';

/** A lake of three deterministic RSEs and one of explicit paths, and what its tests say all the time. */
export const replicaLake = () => {
  let lake: TestLake;
  let number = 0;
  const fresh = (kind = 'file') => `${kind}.${++number}`;
  const file = (name = fresh(), more: object = {}) => ({
    scope: 's',
    name,
    bytes: 10,
    adler32: '0cc737eb',
    ...more,
  });
  const add = (rse: string, files: object[], more: object = {}) =>
    lake.api('POST', '/replicas', { rse, files, ...more });
  const listing = async (body: object) => {
    const answer = await lake.api('POST', '/replicas/list', body);
    assert.equal(answer.status, 200, answer.text);
    return answer.json as {
      name: string;
      pfns: Record<string, Record<string, unknown>>;
      rses: Record<string, string[]>;
      states: Record<string, string>;
      parents?: string[];
    }[];
  };
  const refuses = async (call: Promise<{ status: number; text: string }>, status: number, name: string) => {
    const answer = await call;
    assert.equal(answer.status, status, answer.text);
    assert.equal(JSON.parse(answer.text).ExceptionClass, name, answer.text);
  };
  const dataset = async (files: object[]) => {
    const name = fresh('dataset');
    await lake.api('POST', `/dids/s/${name}`, { type: 'DATASET' });
    const answer = await lake.api('POST', `/dids/s/${name}/dids`, { dids: files });
    assert.equal(answer.status, 201, answer.text);
    return name;
  };
  const protocol = (
    rse: string,
    scheme: string,
    port: number,
    priority = 1,
    prefix = `/${rse.toLowerCase()}/`,
  ) =>
    lake.api('POST', `/rses/${rse}/protocols/${scheme}`, {
      hostname: `${rse.toLowerCase()}.example.org`,
      port,
      prefix,
      impl: 'rucio.rse.protocols.webdav.Default',
      domains: {
        lan: { read: priority, write: priority, delete: priority },
        wan: {
          read: priority,
          write: priority,
          delete: priority,
          third_party_copy_read: priority,
          third_party_copy_write: priority,
        },
      },
    });

  before(async () => {
    lake = await startTestLake();
    await lake.lake.sql`insert into scopes (scope, account) values ('s', 'root'), ('user.x', 'root')`;
    for (const rse of ['ONE', 'TWO', 'FAR-SCRATCHDISK']) {
      assert.equal((await lake.api('POST', `/rses/${rse}`, { deterministic: true })).status, 201);
      await protocol(rse, 'https', 443);
      await protocol(rse, 'root', 1094, 2);
    }
    await lake.api('POST', '/rses/PATHS', { deterministic: false });
    await protocol('PATHS', 'https', 8443);
    await lake.api('POST', '/rses/TWO/attr/site', { value: 'HOME' });
    await lake.api('POST', '/rses/FAR-SCRATCHDISK/attr/sign_url', { value: 'leman' });
  });
  after(() => lake.stop());

  return {
    get lake() {
      return lake;
    },
    fresh,
    file,
    add,
    listing,
    refuses,
    dataset,
  };
};
