import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { replicaLake } from '../testing/replica-lake.ts';

describe('signed URLs and storage tokens', () => {
  const lab = replicaLake();
  const { fresh, file, add, listing, refuses, dataset } = lab;

  test('signed URLs open one path for one operation, for those who may', async () => {
    const guest = await lab.lake.newAccount('guest');
    const one = file();
    await add('FAR-SCRATCHDISK', [one]);
    const [signed] = Object.keys((await listing({ dids: [one] }))[0]!.pfns);
    const [plain, token] = signed!.split('?authz=') as [string, string];
    const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
    assert.equal(claims.aud, 'https://far-scratchdisk.example.org:443');
    assert.equal(claims.scope, `storage.read:${new URL(plain).pathname}`);
    assert.ok(claims.exp - claims.iat <= 600);
    // The client of the field keeps an archive in a file that is named by what follows the last slash.
    const archive = file(fresh('signed').concat('.zip'));
    const inside = file(fresh('inside'));
    await add('FAR-SCRATCHDISK', [archive]);
    await lab.lake.api('POST', `/dids/s/${archive.name}/dids`, { dids: [inside] });
    const url = Object.keys((await listing({ dids: [inside] }))[0]!.pfns).find((one) =>
      one.startsWith('https'),
    );
    assert.match(url!, /\?authz=.*&xrdcl\.unzip=inside/);
    assert.equal(url!.split('/').at(-1), archive.name);
    const sign = (query: object, token?: string) =>
      lab.lake.api(
        'GET',
        `/credentials/signurl?${new URLSearchParams({ rse: 'FAR-SCRATCHDISK', svc: 'leman', ...query } as Record<string, string>)}`,
        undefined,
        token ? { token } : {},
      );
    assert.match((await sign({ url: plain, op: 'read' }, guest.token)).text, /\?authz=ey/);
    const written = await sign({ url: plain, op: 'write' });
    assert.match(Buffer.from(written.text.split('.').at(-2)!, 'base64url').toString(), /storage\.create:/);
    await refuses(sign({ url: plain, op: 'write' }, guest.token), 401, 'AccessDenied');
    await refuses(sign({ url: plain, op: 'delete' }, guest.token), 401, 'AccessDenied');
    await refuses(sign({ url: plain.replace('/far-', '/near-'), op: 'read' }), 400, 'InvalidPath');
    await refuses(sign({ url: `${plain}/../../other`, op: 'read' }), 400, 'InvalidPath');
    await refuses(sign({ url: `${plain}?authz=x`, op: 'read' }), 400, 'InvalidPath');
    await refuses(sign({ url: plain, svc: 'fake' }), 400, 'ValueError');
    await refuses(sign({ url: plain, op: 'transmogrify' }), 400, 'ValueError');
    await refuses(lab.lake.api('GET', '/credentials/signurl?rse=ONE'), 400, 'ValueError');
    await refuses(sign({ url: plain, rse: 'NOWHERE' }), 404, 'RSENotFound');
  });

  test('storage tokens are given for copies that are there and names that are not taken', async () => {
    const guest = await lab.lake.newAccount('guest');
    const one = file();
    await add('FAR-SCRATCHDISK', [one]);
    const [signed] = Object.keys((await listing({ dids: [one] }))[0]!.pfns);
    const [plain] = signed!.split('?authz=');
    const tokens = (items: object[], token?: string) =>
      lab.lake.api('POST', '/credentials/storage-tokens', { items }, token ? { token } : {});
    const item = { rse: 'FAR-SCRATCHDISK', scope: 's', name: one.name, operation: 'read' };
    const given = await tokens([item], guest.token);
    assert.equal(given.status, 200, given.text);
    assert.equal(given.json[0].pfn, plain);
    await refuses(tokens([{ ...item, operation: 'write' }], guest.token), 401, 'AccessDenied');
    await refuses(tokens([{ ...item, name: 'absent' }]), 404, 'ReplicaNotFound');
    await refuses(tokens([{ ...item, operation: 'delete' }]), 400, 'InvalidObject');
    await refuses(tokens([]), 400, 'InvalidObject');
    const taken = { ...item, name: await dataset([one]), operation: 'write' };
    await refuses(tokens([taken]), 409, 'DataIdentifierAlreadyExists');
  });
});
