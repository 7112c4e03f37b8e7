import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { manualClock } from '@leman/foundation';
import { ensureLocalCa } from './local-ca.ts';

const home = mkdtempSync(join(tmpdir(), 'leman-ca-'));
after(() => rmSync(home, { recursive: true }));
const clock = manualClock(Date.now());

test('a CA and a host certificate that TLS accepts', async () => {
  const local = ensureLocalCa(home, { clock });
  const server = createServer({ cert: local.cert, key: local.key }, (_request, response) =>
    response.end('hello'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    for (const host of ['localhost', '127.0.0.1']) {
      const status = await new Promise((resolve, reject) => {
        get({ host, port, ca: local.ca, agent: false }, (response) =>
          response.resume().on('end', () => resolve(response.statusCode)),
        ).on('error', reject);
      });
      assert.equal(status, 200);
    }
  } finally {
    server.close();
  }
});

test('made once, keys private, renewed in time and when a host is added', () => {
  const first = ensureLocalCa(home, { clock });
  assert.deepEqual(ensureLocalCa(home, { clock }), first);
  for (const file of ['ca-key.pem', 'host-key.pem'])
    assert.equal(statSync(join(home, file)).mode & 0o777, 0o600);
  const wider = ensureLocalCa(home, { clock, hosts: ['se.example', '10.1.2.3', 'fd00::12'] });
  assert.equal(wider.ca, first.ca);
  const certificate = new X509Certificate(wider.cert);
  assert.ok(certificate.checkHost('se.example'));
  assert.ok(certificate.checkIP('10.1.2.3'));
  assert.ok(certificate.checkIP('fd00::12'));
  assert.ok(certificate.checkIP('::1'));
  clock.advance(300 * 86_400_000);
  const renewed = ensureLocalCa(home, { clock });
  assert.notEqual(renewed.cert, wider.cert);
  assert.equal(renewed.ca, first.ca);
  assert.ok(readFileSync(renewed.certFile, 'utf8') === renewed.cert);
});
