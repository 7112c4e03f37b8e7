import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allows, allowsMakeCollection, allowsStat } from './allows.ts';
import { canonicalPath, encodePath, pathOfUrl } from './paths.ts';
import { parseScopes, printScopes } from './scopes.ts';

const name = fc
  .string({
    unit: fc.constantFrom('a', 'b', '.', '-', ' ', '%', 'é', ':', '+', '&'),
    minLength: 1,
    maxLength: 6,
  })
  .filter((text) => canonicalPath(`/${text}`) === `/${text}`);
const path = fc.array(name, { maxLength: 5 }).map((names) => `/${names.join('/')}`);

test('whole segments only', () => {
  const scope = 'openid storage.read:/foo/bar';
  for (const good of ['/foo/bar', '/foo/bar/', '/foo//bar/./q', '/foo/bar/q'])
    assert.ok(allows(scope, 'read', good), good);
  for (const bad of [
    '/foo/bargain',
    '/foo',
    '/',
    '/foo/bar/../baz',
    'foo/bar',
    '/foo/bar/\0',
    '/foo/bar/%2e%2e/baz',
    '/foo/bar/%252e%252E/baz',
    '/foo/bar/..%2fbaz',
  ]) {
    assert.ok(!allows(scope, 'read', bad), bad);
  }
});

test('create is not overwriting, modify includes create, stage does not read', () => {
  assert.ok(allows('storage.create:/a', 'create', '/a/f'));
  assert.ok(!allows('storage.create:/a', 'modify', '/a/f'));
  assert.ok(allows('storage.modify:/a', 'create', '/a/f'));
  assert.ok(!allows('storage.modify:/a', 'read', '/a/f'));
  assert.ok(!allows('storage.stage:/a', 'read', '/a/f'));
  assert.ok(allows('storage.stage:/a', 'poll', '/a/f'));
  assert.ok(!allows('storage.poll:/a', 'stage', '/a/f'));
});

test('a right without a path, or with a traversal, grants nothing', () => {
  for (const scope of [
    'storage.read',
    'storage.read:',
    'storage.read:a',
    'storage.read:/a/../',
    'storage.read:/%2e%2e',
    'storage.read:/%zz',
    '',
  ]) {
    assert.ok(!allows(scope, 'read', '/a'), scope);
    assert.ok(!allows(scope, 'read', '/'), scope);
  }
});

test('asking and making directories reach up to the parents', () => {
  const scope = 'storage.create:/a/b/c';
  assert.ok(allowsStat(scope, '/a'));
  assert.ok(allowsStat(scope, '/a/b/c/d'));
  assert.ok(!allowsStat(scope, '/a/x'));
  assert.ok(allowsMakeCollection(scope, '/a/b'));
  assert.ok(!allowsMakeCollection(scope, '/a/x'));
  assert.ok(!allowsMakeCollection('storage.read:/a', '/a/x'));
});

test('what is granted covers itself and everything below, and survives printing and parsing', () => {
  fc.assert(
    fc.property(path, path, (base, below) => {
      const scope = printScopes([{ operation: 'read', path: base }]);
      assert.deepEqual(parseScopes(scope), [{ operation: 'read', path: base }]);
      assert.ok(allows(scope, 'read', base));
      assert.ok(allows(scope, 'read', `${base}/${below}`));
      assert.equal(pathOfUrl(encodePath(base)), base);
    }),
  );
});

test('nothing outside is ever allowed', () => {
  fc.assert(
    fc.property(path, path, (base, other) => {
      const inside = base === '/' || other === base || other.startsWith(`${base}/`);
      assert.equal(allows(printScopes([{ operation: 'modify', path: base }]), 'create', other), inside);
    }),
  );
});

test('a canonical path is its own canonical path, and never climbs', () => {
  const wild = fc
    .array(fc.constantFrom('a', '..', '.', '', '%2e', '%2e%2e', '%252e%252e', '..%2f', 'b c', '\0', '...'))
    .map((parts) => `/${parts.join('/')}`);
  fc.assert(
    fc.property(wild, (text) => {
      const canonical = canonicalPath(text);
      if (canonical === undefined) return;
      assert.equal(canonicalPath(canonical), canonical);
      const decoded = canonical.split('/').map((part) => decodeURIComponent(decodeURIComponent(part)));
      assert.ok(!decoded.includes('..'));
    }),
  );
});

test('a URL with bad escapes or hidden slashes is refused', () => {
  for (const bad of [
    '/a%2fb',
    '/%',
    '/a/%2e%2e/b',
    '/a%00b',
    `/${'x'.repeat(300)}`,
    `/${'x/'.repeat(3000)}`,
  ]) {
    assert.throws(() => pathOfUrl(bad), { name: 'InvalidPath' }, bad);
  }
  assert.equal(pathOfUrl('/a%20b//c/./d/'), '/a b/c/d');
});
