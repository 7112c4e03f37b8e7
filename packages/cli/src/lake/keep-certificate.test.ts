import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { manualClock, silentLog } from '@leman/foundation';
import { ensureLocalCa } from '@leman/tokens';
import { keepCertificate } from './keep-certificate.ts';

const DAY_MS = 86_400_000;

test('a certificate that ends soon is renewed while the lake runs, by the same authority', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'leman-certificate-'));
  const present = ensureLocalCa(directory, { clock: manualClock(Date.now() - 300 * DAY_MS) });
  let end: (() => void) | undefined;
  try {
    const renewed = await new Promise<{ cert: string; key: string }>((resolve) => {
      end = keepCertificate({ directory, hosts: [], present, use: resolve, log: silentLog, everyMs: 5 });
      // The watch alone does not keep a process.
      const alive = setInterval(() => undefined, 1000);
      const stop = end;
      end = () => {
        clearInterval(alive);
        stop();
      };
    });
    const certificate = new X509Certificate(renewed.cert);
    assert.ok(Date.parse(certificate.validTo) > Date.now() + 300 * DAY_MS);
    assert.ok(certificate.verify(new X509Certificate(present.ca).publicKey));
  } finally {
    end?.();
    await rm(directory, { recursive: true, force: true });
  }
});
