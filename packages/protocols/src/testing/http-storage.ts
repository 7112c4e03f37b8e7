import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAdler32 } from '@leman/contracts';

/** What a test wants to go wrong at a storage; each is asked per request with the path. */
export interface Faults {
  /** Answer with this status and text instead of doing it. */
  status?(method: string, path: string): { status: number; text: string } | undefined;
  /** Wait before answering, milliseconds; until the client leaves with Infinity. */
  delay?(method: string, path: string): number;
  /** The line that ends a copy instead of success; '' ends it without a line. */
  copyEnd?(path: string): string | undefined;
  /** Bytes stored instead of the right ones. */
  corrupt?(path: string): Buffer | undefined;
  /** What the storage says it is; TestStorage/1 unless given. */
  software?: string;
  /** Writes in place as XRootD 5.5.3: a failed pull leaves an empty file, `Overwrite: F` is ignored. */
  inPlace?: boolean;
}

export interface HttpStorage {
  url: string;
  host: string;
  files: Map<string, { content: Buffer; modifiedAt: Date }>;
  faults: Faults;
  /** Method and path of every request, in order. */
  requests: string[];
  /** Authorization headers seen. */
  tokens: string[];
  stop(): Promise<void>;
}

const adler32 = (bytes: Buffer) => {
  const sum = createAdler32();
  sum.update(bytes);
  return sum.digest();
};

/** A small storage over real HTTP with third-party copy and faults on demand, its files in memory. For tests. */
export const startHttpStorage = async (options: { host?: string } = {}): Promise<HttpStorage> => {
  const files: HttpStorage['files'] = new Map();
  const directories = new Set<string>(['/']);
  const storage = { files, faults: {}, requests: [], tokens: [] } as unknown as HttpStorage;
  const softwareNow = () =>
    storage.faults.software ?? (storage.faults.inPlace ? 'XrootD/v5.5.3' : 'TestStorage/1');
  const end = (response: ServerResponse, status: number, text = '', headers: Record<string, string> = {}) => {
    response.writeHead(status, {
      server: softwareNow(),
      ...headers,
    });
    response.end(text);
  };
  const write = (path: string, content: Buffer) => {
    files.set(path, { content: storage.faults.corrupt?.(path) ?? content, modifiedAt: new Date() });
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
      directories.add(path.slice(0, at));
  };
  const etag = (path: string) =>
    `"${files.get(path)!.modifiedAt.getTime()}-${files.get(path)!.content.length}"`;

  const copy = async (request: IncomingMessage, response: ServerResponse, path: string) => {
    const source = request.headers.source as string | undefined;
    const destination = request.headers.destination as string | undefined;
    const authorization = request.headers.transferheaderauthorization as string | undefined;
    const headers = authorization ? { authorization } : {};
    if (source && request.headers.overwrite === 'F' && files.has(path) && !storage.faults.inPlace)
      return end(response, 412, 'exists');
    if (destination && !files.has(path)) return end(response, 404, 'no such file');
    response.writeHead(201, { 'content-type': 'text/plain' });
    const left = new AbortController();
    response.once('close', () => left.abort());
    const marker = (bytes: number) =>
      response.write(
        `Perf Marker\nTimestamp: ${Math.floor(Date.now() / 1000)}\nStripe Index: 0\nStripe Bytes Transferred: ${bytes}\nTotal Stripe Count: 1\nRemoteConnections: tcp:127.0.0.1:1\nEnd\n`,
      );
    marker(0);
    const wait = storage.faults.delay?.('copying', path) ?? 0;
    if (wait)
      await sleep(Math.min(wait, 2 ** 30), undefined, { signal: left.signal, ref: false }).catch(
        () => undefined,
      );
    if (left.signal.aborted) {
      if (storage.faults.inPlace && source) write(path, Buffer.alloc(0));
      return;
    }
    let line = storage.faults.copyEnd?.(path);
    if (line === undefined) {
      try {
        const answer = source
          ? await fetch(source, { headers, signal: left.signal })
          : await fetch(destination!, {
              method: 'PUT',
              headers,
              body: new Uint8Array(files.get(path)!.content),
            });
        if (!answer.ok)
          line = `failure: Remote side failed with status code ${answer.status}; error message: "${await answer.text()}"`;
        else if (source) {
          const content = Buffer.from(await answer.arrayBuffer());
          write(path, content);
          marker(content.length);
        }
      } catch {
        line = "failure: Couldn't connect to server";
      }
    }
    if (line !== undefined && source && storage.faults.inPlace) write(path, Buffer.alloc(0));
    response.end(line ?? 'success: Created');
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const method = request.method ?? '';
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname).replace(
      /(.)\/+$/,
      '$1',
    );
    storage.requests.push(`${method} ${path}`);
    if (request.headers.authorization) storage.tokens.push(request.headers.authorization);
    const wait = storage.faults.delay?.(method, path) ?? 0;
    if (wait === Number.POSITIVE_INFINITY) return;
    if (wait) await sleep(wait);
    const fault = storage.faults.status?.(method, path);
    if (fault) {
      request.resume();
      return end(response, fault.status, fault.text);
    }
    const file = files.get(path);
    if (method === 'COPY') return copy(request, response, path);
    if (method === 'HEAD' || method === 'GET') {
      if (!file)
        return end(response, directories.has(path) ? 200 : 404, method === 'GET' ? 'no such file' : '');
      const headers: Record<string, string> = {
        'last-modified': file.modifiedAt.toUTCString(),
        ...(storage.faults.inPlace ? {} : { etag: etag(path) }),
        ...(request.headers['want-digest'] ? { digest: `adler32=${adler32(file.content)}` } : {}),
      };
      const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
      if (!range) {
        response.writeHead(200, {
          server: softwareNow(),
          ...headers,
          'content-length': file.content.length,
        });
        return response.end(method === 'GET' ? file.content : undefined);
      }
      if (Number(range[1]) >= file.content.length) return end(response, 416);
      const piece = file.content.subarray(Number(range[1]), range[2] ? Number(range[2]) + 1 : undefined);
      response.writeHead(206, { ...headers, 'content-length': piece.length });
      return response.end(piece);
    }
    if (method === 'PUT') {
      if (request.headers['if-none-match'] === '*' && file) return end(response, 412);
      write(path, await buffer(request));
      return end(response, 201);
    }
    if (method === 'DELETE') {
      const wanted = request.headers['if-match'];
      if (file && wanted && wanted !== etag(path)) return end(response, 412);
      return end(response, files.delete(path) ? 204 : 404);
    }
    if (method === 'MKCOL') {
      if (directories.has(path)) return end(response, 405);
      if (!directories.has(path.slice(0, path.lastIndexOf('/')) || '/')) return end(response, 409);
      directories.add(path);
      return end(response, 201);
    }
    if (method === 'MOVE') {
      const target = decodeURIComponent(new URL(request.headers.destination as string).pathname);
      if (!file) return end(response, 404);
      if (files.has(target) && request.headers.overwrite === 'F') return end(response, 412);
      write(target, file.content);
      files.delete(path);
      return end(response, 201);
    }
    if (method === 'PROPFIND') {
      await buffer(request);
      if (!directories.has(path)) return end(response, 404);
      const quota =
        '<D:quota-used-bytes>10</D:quota-used-bytes><D:quota-available-bytes>90</D:quota-available-bytes>';
      const prefix = path === '/' ? '/' : `${path}/`;
      const inside = (name: string) =>
        name.startsWith(prefix) && name !== path && !name.slice(prefix.length).includes('/');
      const element = (href: string, props: string) =>
        `<D:response><D:href>${href.split('/').map(encodeURIComponent).join('/').replaceAll('&', '&amp;')}</D:href><D:propstat><D:prop>${props}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`;
      const elements = [element(prefix, `<D:resourcetype><D:collection/></D:resourcetype>${quota}`)];
      if (request.headers.depth === '1') {
        for (const name of directories)
          if (inside(name))
            elements.push(element(`${name}/`, '<D:resourcetype><D:collection/></D:resourcetype>'));
        for (const [name, { content }] of files) {
          if (inside(name))
            elements.push(
              element(name, `<D:resourcetype/><D:getcontentlength>${content.length}</D:getcontentlength>`),
            );
        }
      }
      return end(
        response,
        207,
        `<?xml version="1.0"?>\n<D:multistatus xmlns:D="DAV:">${elements.join('\n')}</D:multistatus>`,
      );
    }
    return end(response, 405);
  };

  const server = http.createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, options.host ?? '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  storage.host = `${options.host ?? '127.0.0.1'}:${port}`;
  storage.url = `http://${storage.host}`;
  storage.stop = async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  };
  return storage;
};
