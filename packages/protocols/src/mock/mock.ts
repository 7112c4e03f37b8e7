import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { StorageProtocol } from '../storage-protocol.ts';

/** The storage that takes everything and keeps nothing (scheme `mock`): for benchmarks and for RSEs without bytes. */
export const createMock = (): StorageProtocol => ({
  name: 'mock',
  schemes: ['mock'],
  features: {
    thirdPartyCopy: { pull: true, push: true },
    ranges: true,
    quota: false,
    checksums: [],
    atomicPut: true,
    keepsNothing: true,
  },
  stat: async () => undefined,
  exists: async () => true,
  async *list() {},
  get: async () => ({ size: 0, body: Readable.from([]) }),
  async put(_url, body) {
    body.resume();
    await finished(body);
  },
  delete: async () => 'deleted',
  rename: async () => undefined,
  mkdir: async () => undefined,
  checksum: async () => '00000001',
  space: async () => undefined,
  thirdPartyCopy: async () => ({ bytes: 0, software: 'mock' }),
  close: () => undefined,
});
