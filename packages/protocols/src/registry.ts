import { fail } from '@leman/contracts';
import { createMock } from './mock/mock.ts';
import { createPosix } from './posix/posix.ts';
import type { StorageProtocol } from './storage-protocol.ts';
import type { HttpClientOptions } from './webdav/http-client.ts';
import { createWebdav } from './webdav/webdav.ts';

/** Adding a protocol is a folder and a line here. */
const factories = {
  webdav: (options: HttpClientOptions) => createWebdav(options),
  posix: () => createPosix(),
  mock: () => createMock(),
} as const;

const ownerOfScheme: Record<string, keyof typeof factories> = {
  https: 'webdav',
  http: 'webdav',
  davs: 'webdav',
  dav: 'webdav',
  file: 'posix',
  posix: 'posix',
  mock: 'mock',
};

export interface Protocols {
  /**
   * The protocol of a URL; made at first use, one per kind, with its own pool of connections.
   * @throws RSEProtocolNotSupported for a scheme nobody here speaks.
   */
  of(url: string): StorageProtocol;
  supports(url: string): boolean;
  close(): void;
}

/** All protocols, sharing the certificate authority and time limits given. */
export const openProtocols = (options: HttpClientOptions = {}): Protocols => {
  const open = new Map<string, StorageProtocol>();
  const schemeOf = (url: string) => url.slice(0, Math.max(0, url.indexOf(':'))).toLowerCase();
  return {
    of(url) {
      const name = ownerOfScheme[schemeOf(url)];
      if (!name) {
        throw fail(
          'RSEProtocolNotSupported',
          `No protocol here speaks ${schemeOf(url) || 'a URL without scheme'}. Use ${Object.keys(ownerOfScheme).join(', ')}.`,
        );
      }
      let protocol = open.get(name);
      if (!protocol) {
        protocol = factories[name](options);
        open.set(name, protocol);
      }
      return protocol;
    },
    supports: (url) => Object.hasOwn(ownerOfScheme, schemeOf(url)),
    close() {
      for (const protocol of open.values()) protocol.close();
      open.clear();
    },
  };
};
