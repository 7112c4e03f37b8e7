import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { testProtocol, testRse } from '../testing/test-directory.ts';
import { buildPfn, parsePfn, selectProtocol, splitPfn, usableProtocols } from './build-pfn.ts';
import { lfnToPath } from './lfn-to-path.ts';

describe('paths of files', () => {
  it('follow the algorithm', () => {
    assert.equal(lfnToPath('hash', 'mock', 'file'), 'mock/ca/2a/file');
    assert.equal(lfnToPath('hash', 'user.jdoe', 'a/b.root'), 'user/jdoe/ad/24/a/b.root');
    assert.match(lfnToPath('hash', 'group.top', 'f'), /^group\/top\//);
    assert.match(lfnToPath('hash', 'data.user', 'f'), /^data\.user\//);
    assert.equal(lfnToPath('identity', 'user.jdoe', 'f'), 'user/jdoe/f');
    assert.throws(() => lfnToPath('magic', 'a', 'b'), { name: 'ConfigurationError' });
  });
});

describe('PFNs', () => {
  it('are made of scheme, host, port, prefix and path', () => {
    const path = 'mock/aa/bb/f';
    assert.equal(buildPfn(testProtocol(), path), 'https://storage.example:443/data/mock/aa/bb/f');
    assert.equal(buildPfn(testProtocol({ port: 0 }), path), 'https://storage.example/data/mock/aa/bb/f');
    assert.equal(buildPfn(testProtocol({ prefix: '' }), path), 'https://storage.example:443/mock/aa/bb/f');
    assert.equal(buildPfn(testProtocol({ prefix: 'p/' }), '/f'), 'https://storage.example:443/p/f');
    assert.equal(
      buildPfn(testProtocol({ scheme: 'root', port: 1094, prefix: '//eos/x/' }), path),
      `root://storage.example:1094//eos/x/${path}`,
    );
    const srm = testProtocol({
      scheme: 'srm',
      port: 8443,
      extended_attributes: { web_service_path: '/srm/managerv2?SFN=' },
    });
    assert.equal(buildPfn(srm, path), `srm://storage.example:8443/srm/managerv2?SFN=/data/${path}`);
    const file = testProtocol({
      scheme: 'file',
      hostname: '',
      port: 0,
      prefix: '/tmp/rse',
      impl: 'rucio.rse.protocols.posix.Default',
    });
    assert.equal(buildPfn(file, path), `file:///tmp/rse/${path}`);
    assert.equal(buildPfn(testProtocol(), 'davs://elsewhere/x'), 'davs://elsewhere/x');
  });

  it('are read back (property)', () => {
    const protocol = fc.constantFrom(
      testProtocol(),
      testProtocol({ port: 0 }),
      testProtocol({ prefix: '' }),
      testProtocol({ scheme: 'root', port: 1094, prefix: '//eos//x' }),
      testProtocol({
        scheme: 'srm',
        port: 8443,
        extended_attributes: { web_service_path: '/srm/managerv2?SFN=' },
      }),
      testProtocol({
        scheme: 'file',
        hostname: 'localhost',
        port: 0,
        impl: 'rucio.rse.protocols.posix.Default',
      }),
    );
    const segment = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,10}$/);
    fc.assert(
      fc.property(protocol, fc.array(segment, { minLength: 1, maxLength: 4 }), (one, segments) => {
        assert.equal(parsePfn(one, buildPfn(one, segments.join('/'))), segments.join('/'));
      }),
    );
  });

  it('of others are told apart', () => {
    const protocol = testProtocol();
    assert.equal(
      parsePfn(protocol, 'https://storage.example/data/a'),
      'a',
      'the default port may be left out',
    );
    for (const other of [
      'http://storage.example:443/data/a',
      'https://other.example:443/data/a',
      'https://storage.example:444/data/a',
      'https://storage.example:443/database/a',
      'https://storage.example:443/data/',
      'https://storage.example:443/data/../secret',
      'https://storage.example:443/data/a/..',
      'no url',
      '',
    ]) {
      assert.equal(parsePfn(protocol, other), undefined, other);
    }
    assert.deepEqual(splitPfn('root://u@h:1094//a//b?c'), {
      scheme: 'root',
      hostname: 'h',
      port: 1094,
      path: '/a/b?c',
    });
  });
});

describe('protocols', () => {
  const wan = (read: number | null) => ({
    ...testProtocol().domains,
    wan: { ...testProtocol().domains.wan, read },
  });
  const rse = testRse('A', {
    protocols: [
      testProtocol({ scheme: 'davs', domains: wan(2) }),
      testProtocol({ scheme: 'https', domains: wan(0) }),
      testProtocol({ scheme: 'root', domains: wan(null) }),
      testProtocol({ scheme: 'gsiftp', domains: wan(3) }),
    ],
  });

  it('are chosen by priority, the lowest first; null is not usable', () => {
    assert.deepEqual(
      usableProtocols(rse, 'read', 'wan').map((one) => one.scheme),
      ['https', 'davs', 'gsiftp'],
    );
    assert.equal(selectProtocol(rse, 'read', 'wan').scheme, 'https');
    assert.equal(selectProtocol(rse, 'read', 'wan', ['davs', 'root']).scheme, 'davs');
    assert.throws(() => selectProtocol(rse, 'read', 'wan', ['root']), {
      name: 'RSEProtocolNotSupported',
      status: 404,
    });
    assert.throws(() => selectProtocol(testRse('B'), 'read', 'wan'), { name: 'RSEProtocolNotSupported' });
    assert.throws(() => selectProtocol(rse, 'third_party_copy_read', 'lan'), {
      name: 'RSEProtocolNotSupported',
    });
  });
});
