import { once } from 'node:events';
import {
  type ClientRequest,
  type IncomingMessage,
  Agent as PlainAgent,
  request as requestPlain,
} from 'node:http';
import { request as requestSecure, Agent as SecureAgent } from 'node:https';
import { createSecureContext, getCACertificates } from 'node:tls';
import { fail } from '@leman/contracts';
import { redactUrl } from '@leman/foundation';
import { guardAddress } from './guard-address.ts';

interface PeerRequest {
  method: 'GET' | 'HEAD' | 'PUT';
  url: URL;
  headers: Record<string, string>;
  signal: AbortSignal;
  /** Sends the body once the other side wants it. Called anew after a redirection. */
  send?: (outgoing: ClientRequest) => Promise<void>;
  /** Told when a connection is there: `tcp:127.0.0.1:443`. */
  onConnection?: (name: string) => void;
}

export interface Peers {
  /** Asks another storage; follows redirections. @throws when it cannot be reached */
  request(request: PeerRequest): Promise<IncomingMessage>;
  close(): void;
}

const IDLE_MS = 30_000;
const CONNECTIONS_PER_HOST = 64;
const REDIRECTIONS = 5;
/** How long to wait for "100 Continue" before the body is sent all the same (RFC 9110 10.1.1). */
const CONTINUE_MS = 2_000;
const schemes: Record<string, 'http:' | 'https:'> = {
  'http:': 'http:',
  'https:': 'https:',
  'dav:': 'http:',
  'davs:': 'https:',
};

/** The URL of a third-party copy. @throws InvalidValueForKey 400 for what is no URL of a known scheme */
export const peerUrl = (text: string): URL => {
  const scheme = schemes[/^([a-z0-9+.-]+:)\/\//i.exec(text)?.[1]?.toLowerCase() ?? ''];
  const url = scheme && URL.canParse(text) ? new URL(text.replace(/^[a-z0-9+.-]+:/i, scheme)) : undefined;
  if (!url) throw fail('InvalidValueForKey', 'Source and Destination must be http, https, dav or davs URLs.');
  if (url.username || url.password)
    throw fail('InvalidValueForKey', 'A URL must not hold a password. Send TransferHeaderAuthorization.');
  return url;
};

/** Credentials go on to another host only over TLS; within one host also to another port. */
const withoutCredentials = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !['authorization', 'cookie'].includes(name.toLowerCase())),
  );

const describeError = (error: unknown, url: URL): Error => {
  const { code, message } = error as { code?: string; message?: string };
  return fail(
    'ResourceTemporaryUnavailable',
    `${redactUrl(url.origin)} cannot be reached: ${code ?? message ?? 'no reason given'}.`,
    { cause: error },
  );
};

/** Connections to other storages: kept open and used again, shared by all copies of one storage. */
export const createPeers = (options: { ca?: string; allowPrivate: boolean }): Peers => {
  const guard = guardAddress(options.allowPrivate);
  const common = {
    keepAlive: true,
    // Unused connections are closed before the other side does it at the wrong moment.
    timeout: IDLE_MS,
    maxSockets: CONNECTIONS_PER_HOST,
    maxFreeSockets: CONNECTIONS_PER_HOST,
    scheduling: 'lifo' as const,
    lookup: guard.lookup,
  };
  const plain = new PlainAgent(common);
  // Made once: the agent would take a list of CAs into the name of every connection, 200 KB of text for each request.
  const trust = options.ca
    ? { secureContext: createSecureContext({ ca: [...getCACertificates('default'), options.ca] }) }
    : {};
  const secure = new SecureAgent({ ...common, ...trust });

  const open = (request: PeerRequest, url: URL, headers: Record<string, string>): ClientRequest => {
    const isSecure = url.protocol === 'https:';
    const outgoing = (isSecure ? requestSecure : requestPlain)(url, {
      method: request.method,
      headers,
      agent: isSecure ? secure : plain,
      signal: request.signal,
      // XRootD 5 says "Connection: Close" in its 100 Continue and goes on; the strict parser takes that for an attack.
      insecureHTTPParser: request.send !== undefined,
    });
    outgoing.on('socket', (socket) => {
      socket.setTimeout(0);
      socket.setNoDelay(true);
      const tell = (): void => {
        const address = socket.remoteFamily === 'IPv6' ? `[${socket.remoteAddress}]` : socket.remoteAddress;
        request.onConnection?.(`tcp:${address}:${socket.remotePort}`);
      };
      if (socket.connecting) socket.once('connect', tell);
      else tell();
    });
    return outgoing;
  };

  const attempt = async (
    request: PeerRequest,
    url: URL,
    headers: Record<string, string>,
  ): Promise<IncomingMessage> => {
    for (let round = 1; ; round += 1) {
      const outgoing = open(request, url, headers);
      let isAnswered = false;
      let isSending = false;
      const answer = new Promise<IncomingMessage>((resolve, reject) => {
        outgoing.once('response', (response) => {
          isAnswered = true;
          resolve(response);
        });
        // Later failures are seen by whoever reads or writes.
        outgoing.on('error', reject);
      });
      answer.catch(() => undefined);
      try {
        if (!request.send) {
          outgoing.end();
          return await answer;
        }
        outgoing.flushHeaders();
        await Promise.race([
          once(outgoing, 'continue', { signal: AbortSignal.timeout(CONTINUE_MS) }).catch(() => undefined),
          answer,
        ]);
        if (!isAnswered) {
          isSending = true;
          const sending = request.send(outgoing);
          sending.catch(() => undefined);
          await Promise.race([sending, answer]);
          if (!isAnswered || outgoing.writableEnded) return await answer;
          // An answer in the middle of the body (no room, no right) ends the sending.
          outgoing.destroy();
          await sending.catch(() => undefined);
        }
        // The body was never sent whole: nothing else can go over this connection. Status and headers are here.
        const response = await answer;
        response.on('error', () => undefined);
        outgoing.destroy();
        return response;
      } catch (error) {
        outgoing.destroy();
        const isStale = outgoing.reusedSocket && (error as { code?: string }).code === 'ECONNRESET';
        if (request.signal.aborted) throw request.signal.reason;
        // The other side closed a kept connection just then: nothing was done, so it can be asked again.
        if (isStale && !isSending && round === 1) continue;
        throw error instanceof Error && error.name === 'AccessDenied' ? error : describeError(error, url);
      }
    }
  };

  return {
    async request(request) {
      let { url, headers } = request;
      for (let hop = 0; ; hop += 1) {
        guard.requireAllowed(url.hostname);
        const response = await attempt(request, url, headers);
        const { location } = response.headers;
        if (![301, 302, 303, 307, 308].includes(response.statusCode ?? 0) || !location) return response;
        response.resume();
        if (hop === REDIRECTIONS)
          throw fail('ResourceTemporaryUnavailable', `${url.origin} redirects without end.`);
        if (!URL.canParse(location, url.href))
          throw fail('ResourceTemporaryUnavailable', `${url.origin} redirects to what is no URL.`);
        const next = peerUrl(new URL(location, url).href);
        if (next.protocol === 'http:' && (url.protocol === 'https:' || next.hostname !== url.hostname))
          headers = withoutCredentials(headers);
        url = next;
      }
    },
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
};
