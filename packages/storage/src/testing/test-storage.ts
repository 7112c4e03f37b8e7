import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request as requestPlain } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@leman/foundation';
import { createIssuer, type Issuer, type TokenScope } from '@leman/tokens';
import { type Storage, type StorageOptions, startStorage } from '../start-storage.ts';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  text: string;
}

export interface CallOptions {
  headers?: Record<string, string>;
  body?: Buffer | string;
  /** A token with other rights than all; null for none. */
  token?: string | null;
}

export interface TestStorage extends Storage {
  readonly root: string;
  readonly stateDir: string;
  /** A token for this storage; default: everything. */
  token(scopes?: readonly TokenScope[] | string): string;
  /** Sends a request as it is written, without touching the path. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Names of unfinished uploads. */
  leftovers(): string[];
}

const everything = 'storage.read:/ storage.modify:/';

/** Real storages on free loopback ports, in a directory of their own. */
export const createTestStorages = (): {
  home: string;
  issuer: Issuer;
  start(name: string, options?: Partial<StorageOptions>): Promise<TestStorage>;
  stop(): Promise<void>;
} => {
  const home = mkdtempSync(join(tmpdir(), 'leman-storage-'));
  const issuer = createIssuer({ keyFile: join(home, 'issuer.pem'), issuer: 'https://iam.example' });
  const started: Storage[] = [];
  return {
    home,
    issuer,
    async start(name, options = {}) {
      const audience = `https://${name}.example`;
      const [root, stateDir] = [join(home, name), join(home, `${name}.state`)];
      const storage = await startStorage({
        name,
        root,
        stateDir,
        host: '127.0.0.1',
        port: 0,
        issuers: [{ issuer: issuer.issuer, keys: issuer.jwks().keys }],
        audience,
        tpc: { allowPrivate: true },
        log: silentLog,
        ...options,
      });
      started.push(storage);
      const token = (scopes: readonly TokenScope[] | string = everything): string =>
        issuer.mint({ subject: 'tester', audience, scopes, lifetimeSeconds: 600 });
      const all = token();
      return {
        ...storage,
        root,
        stateDir,
        token,
        leftovers: () => readdirSync(join(root, '.leman', 'incoming')),
        call: (method, path, { headers = {}, body, token: other } = {}) =>
          new Promise((resolve, reject) => {
            const authorization = other === null ? {} : { Authorization: `Bearer ${other ?? all}` };
            const outgoing = requestPlain(
              {
                host: '127.0.0.1',
                port: storage.port,
                method,
                path,
                headers: { ...authorization, ...headers },
                agent: false,
              },
              (response) => {
                const parts: Buffer[] = [];
                response.on('data', (part: Buffer) => parts.push(part));
                response.on('error', reject);
                response.on('end', () => {
                  const whole = Buffer.concat(parts);
                  resolve({
                    status: response.statusCode ?? 0,
                    headers: response.headers,
                    body: whole,
                    text: whole.toString(),
                  });
                });
              },
            );
            outgoing.on('error', reject);
            outgoing.end(body);
          }),
      };
    },
    async stop() {
      await Promise.all(started.map((storage) => storage.stop()));
      rmSync(home, { recursive: true, force: true });
    },
  };
};
