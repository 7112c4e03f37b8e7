import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { createSecureContext, rootCertificates } from 'node:tls';
import { type Phase, type Side, StorageError } from '../storage-error.ts';
import { answerError, classOfSocketError, saySocketError } from './classify.ts';

export interface HttpClientOptions {
  /** PEM of the authorities trusted besides the system's. */
  ca?: string | undefined;
  connectMs?: number | undefined;
  /** Longest silence while a body is on its way. */
  stallMs?: number | undefined;
}

interface Call {
  method: string;
  url: string;
  headers?: Record<string, string>;
  token?: string | undefined;
  /** Bytes to send: a buffer is sent again after a redirect, a stream only when it was not begun. */
  body?: Buffer | Readable | undefined;
  size?: number | undefined;
  signal?: AbortSignal | undefined;
  answerMs?: number | undefined;
  stallMs?: number | undefined;
  side: Side;
  phase: Phase;
  /** Redirects take all headers along, credentials too: the rule for COPY (the client vouches for the storage). */
  trustRedirects?: boolean;
  /** Statuses the caller handles; any other one of 300 or more is thrown with the first 1 kB of the body. */
  accept?: readonly number[];
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  /** host:port that answered in the end. */
  host: string;
  body: IncomingMessage;
}

export interface HttpClient {
  /** Resolves with the head of the answer; the caller reads the body or calls `drain`. */
  call(call: Call): Promise<Answer>;
  close(): void;
}

const REDIRECTS = 5;
const BODY_KEPT = 1024;
const BODY_READ = 64 * 1024;
const EXPECT_FROM = 64 * 1024;
/** XRootD 5 says `Connection: Close` with its 100 and then goes on, which a strict parser refuses. */
const WITHOUT_EXPECT = /^xrootd\/v[0-5]\./i;
const CONTINUE_WAIT_MS = 1_000;

/** `davs:` and `dav:` are names of the field for https and http. */
export const httpUrl = (url: string): URL => new URL(url.replace(/^dav(s?):/, 'http$1:'));

/** The software that answered, by its `Server` header. */
export const softwareOf = (headers: IncomingHttpHeaders): string | undefined =>
  typeof headers.server === 'string' ? headers.server : undefined;

/** Reads the rest of a body so that its connection can serve again; gives the first 1 kB as text. */
export const drain = async (body: IncomingMessage): Promise<string> => {
  const kept: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (length < BODY_KEPT) kept.push(chunk);
      length += chunk.length;
      if (length > BODY_READ) break;
    }
  } catch {
    // What was read of an error text is enough.
  }
  return Buffer.concat(kept)
    .subarray(0, BODY_KEPT)
    .toString('utf8')
    .replaceAll(/[^\x20-\x7e\n]/g, '?');
};

/**
 * One context for all connections. Given as `ca`, the agent would join all certificates into the name of every pool it
 * looks for (milliseconds per request), and parse them for every connection.
 */
const trusting = (ca: string) => ({ secureContext: createSecureContext({ ca: [...rootCertificates, ca] }) });

const camel: Record<string, string> = {
  transferheaderauthorization: 'TransferHeaderAuthorization',
  requirechecksumverification: 'RequireChecksumVerification',
  scitag: 'SciTag',
  clientinfo: 'ClientInfo',
};

/** Names as specifications spell them: XRootD 5 compares them letter by letter. */
const spelled = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      camel[name] ?? name.replaceAll(/(^|-)([a-z])/g, (letters) => letters.toUpperCase()),
      value,
    ]),
  );

/** HTTP with kept-alive connections per host, time limits and typed errors. */
export const createHttpClient = (options: HttpClientOptions = {}): HttpClient => {
  const connectMs = options.connectMs ?? 10_000;
  const agentOptions = { keepAlive: true, maxFreeSockets: 64, scheduling: 'lifo', timeout: 20_000 } as const;
  /** Hosts that are never asked to say `100 Continue`. */
  const impatient = new Set<string>();
  const plain = new http.Agent(agentOptions);
  let secure: https.Agent | undefined;
  const secureAgent = () => {
    secure ??= new https.Agent({ ...agentOptions, ...(options.ca ? trusting(options.ca) : {}) });
    return secure;
  };

  const send = async (url: URL, headers: Record<string, string>, call: Call): Promise<IncomingMessage> => {
    const tls = url.protocol === 'https:';
    const agent = tls ? secureAgent() : plain;
    const fail = (error: NodeJS.ErrnoException, connecting: boolean) =>
      error instanceof StorageError
        ? error
        : new StorageError(`${call.method} at ${url.host} failed: ${saySocketError(error)}`, {
            side: call.side,
            phase: connecting ? 'connect' : call.phase,
            class: classOfSocketError(error),
            host: url.host,
            cause: error,
          });
    const late = (text: string, name: 'connect-timeout' | 'timeout' | 'stalled') =>
      new StorageError(`${url.host} ${text}`, {
        side: call.side,
        phase: name === 'connect-timeout' ? 'connect' : call.phase,
        class: name,
        host: url.host,
      });
    return await new Promise((resolve, reject) => {
      if (call.signal?.aborted)
        return reject(fail(Object.assign(new Error('canceled'), { code: 'ABORT_ERR' }), false));
      const request = (tls ? https : http).request(url, {
        method: call.method,
        headers: spelled(headers),
        agent,
      });
      let connecting = false;
      let answered: IncomingMessage | undefined;
      const abort = () => {
        const error = new StorageError(`${call.method} at ${url.host} was canceled`, {
          side: call.side,
          phase: call.phase,
          class: 'canceled',
          host: url.host,
        });
        if (answered) answered.destroy(error);
        request.destroy(error);
      };
      call.signal?.addEventListener('abort', abort, { once: true });
      const loose = () => call.signal?.removeEventListener('abort', abort);
      const answerTimer = setTimeout(
        () =>
          request.destroy(
            late(`gave no answer to ${call.method} within ${(call.answerMs ?? 60_000) / 1000} s`, 'timeout'),
          ),
        call.answerMs ?? 60_000,
      );
      request.once('socket', (socket: Socket) => {
        if (!socket.connecting) return;
        connecting = true;
        const timer = setTimeout(
          () =>
            request.destroy(
              late(`did not take the connection within ${connectMs / 1000} s`, 'connect-timeout'),
            ),
          connectMs,
        );
        const connected = () => {
          connecting = false;
          clearTimeout(timer);
        };
        socket.once(tls ? 'secureConnect' : 'connect', connected);
        socket.once('close', () => clearTimeout(timer));
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(answerTimer);
        loose();
        (call.body as Readable | undefined)?.destroy?.();
        const typed = fail(error, connecting);
        if (request.reusedSocket && typed.class === 'reset' && !answered)
          Object.assign(typed, { staleConnection: true });
        reject(typed);
      });
      request.once('response', (response) => {
        clearTimeout(answerTimer);
        answered = response;
        response.once('close', loose);
        const stallMs = call.stallMs ?? options.stallMs ?? 90_000;
        response.setTimeout(stallMs, () =>
          response.destroy(late(`sent nothing for ${stallMs / 1000} s`, 'stalled')),
        );
        resolve(response);
      });
      const { body } = call;
      if (!body) request.end();
      else if (Buffer.isBuffer(body)) request.end(body);
      else if (headers.expect) {
        let begun = false;
        const begin = () => {
          clearTimeout(wait);
          if (begun || answered) return;
          begun = true;
          body.once('error', (error) => request.destroy(error));
          body.on('data', () => answerTimer.refresh());
          body.pipe(request);
        };
        // Servers that do not know the expectation stay silent.
        const wait = setTimeout(begin, CONTINUE_WAIT_MS);
        request.once('continue', begin);
        request.once('response', (response) => {
          clearTimeout(wait);
          // The announced body never goes out, so the connection cannot serve another call.
          if (!begun) response.once('end', () => request.destroy());
        });
        request.once('close', () => clearTimeout(wait));
        request.flushHeaders();
      } else {
        body.once('error', (error) => request.destroy(error));
        body.pipe(request);
      }
    });
  };

  return {
    async call(call) {
      let url = httpUrl(call.url);
      const origin = url.hostname;
      let again = true;
      for (let hop = 0; ; ) {
        const headers: Record<string, string> = { 'user-agent': 'leman', ...call.headers };
        if (call.token && (call.trustRedirects || url.hostname === origin))
          headers.authorization = `Bearer ${call.token}`;
        if (call.body) {
          const size = Buffer.isBuffer(call.body) ? call.body.length : call.size;
          if (size !== undefined) headers['content-length'] = String(size);
          if (
            !Buffer.isBuffer(call.body) &&
            (size ?? EXPECT_FROM) >= EXPECT_FROM &&
            !impatient.has(url.host)
          ) {
            headers.expect = '100-continue';
          }
        }
        let response: IncomingMessage;
        try {
          response = await send(url, headers, call);
        } catch (error) {
          const repeatable = !call.body || Buffer.isBuffer(call.body);
          if (again && repeatable && (error as { staleConnection?: boolean }).staleConnection) {
            again = false;
            continue;
          }
          throw error;
        }
        const status = response.statusCode ?? 0;
        if (WITHOUT_EXPECT.test(softwareOf(response.headers) ?? '')) impatient.add(url.host);
        const location = response.headers.location;
        if ([301, 302, 303, 307, 308].includes(status) && location && hop++ < REDIRECTS) {
          await drain(response);
          url = httpUrl(new URL(location, url).href);
          continue;
        }
        if (status >= 300 && !call.accept?.includes(status)) {
          throw answerError(
            call.method,
            { status, host: url.host, text: await drain(response) },
            call.side,
            call.phase,
          );
        }
        return { status, headers: response.headers, host: url.host, body: response };
      }
    },
    close() {
      plain.destroy();
      secure?.destroy();
    },
  };
};
