import assert from 'node:assert/strict';
import test from 'node:test';
import { conformanceSuite } from '../conformance-suite.ts';
import { StorageError } from '../storage-error.ts';
import type { Marker } from '../storage-protocol.ts';
import { startHttpStorage } from '../testing/http-storage.ts';
import { saySocketError } from './classify.ts';
import { createMarkerReader } from './marker-stream.ts';
import { createWebdav } from './webdav.ts';

conformanceSuite('webdav', async () => {
  const storage = await startHttpStorage();
  return { protocol: createWebdav(), base: `${storage.url}/base`, token: 'secret', stop: storage.stop };
});

test('the marker stream is read in pieces, in any case, and the last line needs no end', () => {
  const markers: Marker[] = [];
  const reader = createMarkerReader((marker) => markers.push(marker));
  const text =
    'Perf Marker\nTimestamp: 1\nStripe Index: 0\nStripe Bytes Transferred: 5\nTotal Stripe Count: 2\nRemoteConnections: tcp:1.2.3.4:5,tcp:[::1]:6\nEnd\n' +
    'PERF MARKER\r\n  stripe index: 1\r\n\tStripe Bytes Transferred: 7\r\nEnd\r\nsuccess: Created';
  for (const letter of text) reader.push(letter);
  assert.deepEqual(reader.end(), { kind: 'success' });
  assert.deepEqual(markers, [
    { bytes: 5, connections: ['tcp:1.2.3.4:5', 'tcp:[::1]:6'] },
    { bytes: 12, connections: [] },
  ]);
  const outcome = (body: string) => {
    const one = createMarkerReader();
    one.push(body);
    return one.end();
  };
  assert.deepEqual(outcome('failure: no: reason\n'), { kind: 'failure', text: 'no: reason' });
  assert.deepEqual(outcome('Failed to copy'), { kind: 'failure', text: 'Failed to copy' });
  assert.deepEqual(outcome('aborted: by hand'), { kind: 'aborted', text: 'by hand' });
  assert.deepEqual(outcome('Perf Marker\nEnd\n'), { kind: 'abrupt' });
  assert.deepEqual(outcome(`${'x'.repeat(100_000)}\nsuccess`), { kind: 'success' });
});

test('copies third-party, both ways, each side with its own token', async () => {
  const [source, destination] = [await startHttpStorage(), await startHttpStorage()];
  const protocol = createWebdav();
  try {
    source.files.set('/a', { content: Buffer.from('hello'), modifiedAt: new Date() });
    for (const mode of ['pull', 'push'] as const) {
      source.tokens.length = 0;
      destination.tokens.length = 0;
      const result = await protocol.thirdPartyCopy!({
        mode,
        source: `${source.url.replace('http', 'dav')}/a`,
        destination: `${destination.url}/${mode}`,
        sourceToken: 's',
        destinationToken: 'd',
      });
      assert.equal(destination.files.get(`/${mode}`)?.content.toString(), 'hello');
      assert.deepEqual(source.tokens, ['Bearer s']);
      assert.deepEqual(destination.tokens, ['Bearer d']);
      if (mode === 'pull') assert.equal(result.bytes, 5);
    }
  } finally {
    protocol.close();
    await Promise.all([source.stop(), destination.stop()]);
  }
});

test('where only a PUT may make directories, a pull is not possible and a push is', async () => {
  const [source, destination] = [await startHttpStorage(), await startHttpStorage()];
  const protocol = createWebdav();
  source.files.set('/a', { content: Buffer.from('hello'), modifiedAt: new Date() });
  // XRootD 5.5.3 with a token for one file.
  destination.faults.status = (method) =>
    method === 'COPY'
      ? { status: 400, text: 'Unable to create /deep/b; no such file or directory' }
      : method === 'MKCOL'
        ? { status: 403, text: 'Unable to mkdir /deep; permission denied' }
        : undefined;
  const copy = (mode: 'pull' | 'push') =>
    protocol.thirdPartyCopy!({ mode, source: `${source.url}/a`, destination: `${destination.url}/deep/b` });
  try {
    await assert.rejects(copy('pull'), (error) => {
      assert.ok(error instanceof StorageError);
      assert.deepEqual([error.class, error.httpStatus], ['unsupported', 400]);
      return true;
    });
    await copy('push');
    assert.equal(destination.files.get('/deep/b')?.content.toString(), 'hello');
  } finally {
    protocol.close();
    await Promise.all([source.stop(), destination.stop()]);
  }
});

test('every way a copy can fail has its class, side and reason', async () => {
  const [source, destination] = [await startHttpStorage(), await startHttpStorage()];
  const protocol = createWebdav({ connectMs: 500 });
  source.files.set('/a', { content: Buffer.from('hello'), modifiedAt: new Date() });
  const copy = async (path: string, from = `${source.url}/a`, stallMs = 5_000): Promise<StorageError> => {
    try {
      await protocol.thirdPartyCopy!({
        mode: 'pull',
        source: from,
        destination: `${destination.url}/${path}`,
        destinationToken: 'secret',
        stallMs,
      });
    } catch (error) {
      assert.ok(error instanceof StorageError, String(error));
      assert.doesNotMatch(JSON.stringify(error.facts) + error.message, /secret/);
      return error;
    }
    return assert.fail('the copy should fail');
  };
  try {
    const seen: Record<string, unknown[]> = {};
    const note = (name: string, error: StorageError) => {
      seen[name] = [error.side, error.class, error.code, error.retryable, error.httpStatus];
    };
    for (const status of [400, 401, 403, 404, 405, 412, 429, 500, 503, 507]) {
      destination.faults.status = () => ({ status, text: 'because' });
      note(String(status), await copy('x'));
    }
    destination.faults.status = () => undefined;
    const lines = {
      'remote 404': 'failure: Remote side failed with status code 404; error message: "x"',
      'remote 403': 'failure: Remote side failed with status code 403; error message: "x"',
      'remote down': "failure: Couldn't connect to server",
      'remote certificate':
        'failure: 503 ResourceTemporaryUnavailable: https://a.example:1 cannot be reached: UNABLE_TO_VERIFY_LEAF_SIGNATURE.',
      full: 'failure: write error: No space left on device',
      checksum: 'failure: checksum differs',
      other: 'failure: something',
      aborted: 'aborted: by the operator',
      abrupt: '',
    };
    for (const [name, line] of Object.entries(lines)) {
      destination.faults.copyEnd = () => line;
      note(name, await copy('x'));
    }
    delete destination.faults.copyEnd;
    note('missing', await copy('x', `${source.url}/none`));
    destination.faults.delay = (method) => (method === 'copying' ? Number.POSITIVE_INFINITY : 0);
    note('stalled', await copy('x', `${source.url}/a`, 100));
    delete destination.faults.delay;
    await destination.stop();
    note('refused', await copy('x'));
    assert.deepEqual(seen, {
      400: ['destination', 'bad-request', 'TRANSFER_FAILED', false, 400],
      401: ['destination', 'unauthenticated', 'DESTINATION_DENIED', false, 401],
      403: ['destination', 'denied', 'DESTINATION_DENIED', false, 403],
      404: ['destination', 'missing', 'TRANSFER_FAILED', false, 404],
      405: ['destination', 'unsupported', 'TRANSFER_FAILED', false, 405],
      412: ['destination', 'exists', 'DESTINATION_EXISTS', false, 412],
      429: ['destination', 'overloaded', 'DESTINATION_DOWN', true, 429],
      500: ['destination', 'server-error', 'DESTINATION_DOWN', true, 500],
      503: ['destination', 'overloaded', 'DESTINATION_DOWN', true, 503],
      507: ['destination', 'full', 'DESTINATION_FULL', true, 507],
      'remote 404': ['source', 'missing', 'SOURCE_MISSING', false, 404],
      'remote 403': ['source', 'denied', 'SOURCE_DENIED', false, 403],
      'remote down': ['source', 'refused', 'SOURCE_DOWN', true, undefined],
      'remote certificate': ['source', 'tls', 'SOURCE_DOWN', true, undefined],
      full: ['destination', 'full', 'DESTINATION_FULL', true, undefined],
      checksum: ['transfer', 'checksum', 'CHECKSUM_MISMATCH', true, undefined],
      other: ['transfer', 'failure', 'TRANSFER_FAILED', true, undefined],
      aborted: ['destination', 'aborted', 'TRANSFER_FAILED', true, undefined],
      abrupt: ['destination', 'interrupted', 'TRANSFER_FAILED', true, 201],
      missing: ['source', 'missing', 'SOURCE_MISSING', false, 404],
      stalled: ['transfer', 'stalled', 'TIMEOUT', true, undefined],
      refused: ['destination', 'refused', 'DESTINATION_DOWN', true, undefined],
    });
  } finally {
    protocol.close();
    await Promise.all([source.stop(), destination.stop()]);
  }
});

test('an authority that is not known is said so, with what helps', () => {
  const error = (code: string, message: string) =>
    saySocketError(Object.assign(new Error(message), { code }));
  assert.match(
    error('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify; try running Node.js with --use-system-ca'),
    /^its certificate is signed by an authority .* "leman login URL --ca FILE"/,
  );
  assert.equal(error('ECONNREFUSED', 'connect ECONNREFUSED'), 'connect ECONNREFUSED');
  assert.equal(error('EPIPE', ''), 'EPIPE');
});
