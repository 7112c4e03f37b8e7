import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createAdler32 } from '@leman/contracts';
import fc from 'fast-check';
import { createTestStorages } from './testing/test-storage.ts';

const lake = createTestStorages();
after(() => lake.stop());

const name = fc.constantFrom('/d/a', '/d/b', '/e/a', '/e/b', '/d', '/e');
const operation = fc.oneof(
  fc.record({ method: fc.constant('PUT'), path: name, bytes: fc.nat(200_000) }),
  fc.record({ method: fc.constant('DELETE'), path: name }),
  fc.record({ method: fc.constantFrom('MOVE', 'COPY'), path: name, to: name }),
);

const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.leman'))
    .map((entry) => join(entry.parentPath, entry.name));

test('whatever is done at the same time, the totals and checksums are those of the files', async () => {
  const storage = await lake.start('accounting');
  await storage.scanned;
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 25 }), async (operations) => {
      for (const path of ['/d', '/e']) await storage.call('DELETE', path);
      assert.deepEqual([storage.space().files, storage.space().used], [0, 0]);
      const answers = await Promise.all(
        operations.map((one) =>
          storage.call(one.method, one.path, {
            ...('bytes' in one ? { body: Buffer.alloc(one.bytes, one.bytes) } : {}),
            ...('to' in one ? { headers: { Destination: one.to } } : {}),
          }),
        ),
      );
      for (const [at, { status, text }] of answers.entries()) {
        assert.ok(status < 500, `${JSON.stringify(operations[at])}: ${status} ${text}`);
      }
      const files = filesBelow(storage.root);
      const { used, files: counted } = storage.space();
      assert.equal(counted, files.length);
      assert.equal(
        used,
        files.reduce((sum, file) => sum + statSync(file).size, 0),
      );
      for (const file of files) {
        const { headers } = await storage.call('HEAD', file.slice(storage.root.length), {
          headers: { 'Want-Digest': 'adler32' },
        });
        assert.equal(headers.digest, `adler32=${createAdler32().update(readFileSync(file)).digest()}`);
      }
      assert.deepEqual(storage.leftovers(), []);
    }),
    { numRuns: 30 },
  );
});
