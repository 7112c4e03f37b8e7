import type { IncomingMessage } from 'node:http';
import { request as plainRequest } from 'node:http';
import { type RequestOptions, request as tlsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fail } from '@leman/contracts';

export interface StorageCall {
  method: 'GET' | 'PUT' | 'DELETE';
  /** Address at the storage, http or https (davs and dav are the same protocols). */
  pfn: string;
  /** Left out when the address carries its own permission. */
  token?: string;
  /** PEM of the authority that storages are verified against. */
  ca: string | undefined;
  headers?: Record<string, string | number>;
  signal?: AbortSignal;
}

const IDLE = 60_000;

/** Calls a storage; with a body it is streamed. Resolves with the answer, its body unread. */
export const callStorage = async (call: StorageCall, body?: Readable): Promise<IncomingMessage> => {
  const url = new URL(call.pfn.replace(/^dav/, 'http'));
  const options: RequestOptions = {
    method: call.method,
    headers: { ...call.headers, ...(call.token ? { authorization: `Bearer ${call.token}` } : {}) },
    timeout: IDLE,
  };
  if (call.ca) options.ca = call.ca;
  if (call.signal) options.signal = call.signal;
  const request = (url.protocol === 'https:' ? tlsRequest : plainRequest)(url, options);
  request.on('timeout', () => request.destroy(new Error(`${url.host} moved no byte for ${IDLE / 1000} s`)));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve);
    // The body's own error first: it says more than the cut connection that it leads to.
    body?.on('error', reject);
    request.on('error', reject);
  });
  if (body) {
    // A storage may refuse before it has read everything: its answer counts then, not our broken pipe.
    pipeline(body, request).catch(() => undefined);
  } else request.end();
  return answered;
};

/** The first line of what a storage says, for people. */
export const sayAnswer = async (answer: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) {
    if (text.length < 300) text += chunk;
  }
  const line = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 200);
  return `${answer.statusCode} ${line || (answer.statusMessage ?? '')}`.trim();
};

/** What to tell when a storage did not answer at all. */
export const storageIsDown = (rse: string, error: unknown) =>
  fail(
    'ResourceTemporaryUnavailable',
    `${rse} does not answer: ${(error as Error).message}. Try again, or another storage.`,
    {
      cause: error,
    },
  );
