import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeNameSlashes } from './did-path.ts';

test('raw slashes of a name become part of it, keywords and queries stay', () => {
  for (const [url, routed] of [
    ['/dids/s/a/b/c', '/dids/s/a%2Fb%2Fc'],
    ['/dids/s/a/b/c/files?long', '/dids/s/a%2Fb%2Fc/files?long'],
    ['/dids/s//a/b/', '/dids/s/a%2Fb'],
    ['/dids/s/a/b/meta/key', '/dids/s/a%2Fb/meta/key'],
    ['/replicas/s/a/b/datasets', '/replicas/s/a%2Fb/datasets'],
    ['/requests/history/s/a/b/RSE', '/requests/history/s/a%2Fb/RSE'],
  ] as const) {
    assert.equal(encodeNameSlashes(url), routed);
  }
});

test('what is no name is left as it is', () => {
  for (const url of [
    '/dids/s/a',
    '/dids/s/a%2Fb/files',
    '/dids/attachments',
    '/dids/in/a/out/b/10/sample',
    '/rules/0123/explain/files',
    '/replicas/bad/pfns',
    '/rses/R/protocols/davs/host/443',
    '/',
    '',
    '//',
    '/%',
  ]) {
    assert.equal(encodeNameSlashes(url), url);
  }
});
