import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import test from 'node:test';
import { openProtocols } from '../registry.ts';

test('mock takes everything, keeps nothing and says so', async () => {
  const protocols = openProtocols();
  const mock = protocols.of('mock://host/a');
  await mock.put('mock://host/a', Readable.from([Buffer.alloc(10)]), { size: 10 });
  assert.equal(mock.features.keepsNothing, true);
  assert.equal(await mock.stat('mock://host/a'), undefined);
  assert.equal(await mock.delete('mock://host/a'), 'deleted');
  assert.throws(() => protocols.of('gsiftp://host/a'), { name: 'RSEProtocolNotSupported' });
  protocols.close();
});
