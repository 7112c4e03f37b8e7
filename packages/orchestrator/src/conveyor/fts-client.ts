import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { createSecureContext, rootCertificates } from 'node:tls';
import { plainText } from '@leman/contracts';
import type { Lake } from '../lake.ts';
import { CONVEYOR_SUBJECT } from './storage-token.ts';

/** What a transfer service said instead of doing it. */
export class FtsError extends Error {
  override readonly name = 'FtsError';
  /** HTTP status; 0 when nothing was sent (not reachable), -1 when it is not known whether it arrived. */
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export interface FtsFile {
  sources: string[];
  destinations: string[];
  filesize: number;
  checksum?: string;
  activity: string;
  metadata: Record<string, unknown>;
  source_tokens?: string[];
  destination_tokens?: string[];
}

export interface FtsJob {
  files: FtsFile[];
  params: Record<string, unknown>;
}

export interface FtsFileStatus {
  file_id?: number;
  file_state: string;
  source_surl?: string;
  dest_surl?: string;
  reason?: string | null;
  start_time?: string | null;
  finish_time?: string | null;
  file_metadata?: { request_id?: string } | null;
  /** Leman's transfer service only. */
  reason_code?: string | null;
  reason_facts?: Record<string, string | number | boolean | null> | null;
}

interface FtsJobStatus {
  job_id: string;
  job_state?: string;
  http_status?: string;
  files?: FtsFileStatus[];
}

export interface FtsClient {
  /** Base URL, without slash at the end. */
  readonly url: string;
  whoami(): Promise<{ vos: string[]; base_id: string }>;
  submit(job: FtsJob): Promise<string>;
  /** States of jobs with the given fields of their files; unknown jobs come with http_status 404. */
  states(jobIds: readonly string[]): Promise<FtsJobStatus[]>;
  /** Cancels whole jobs. */
  cancelJobs(jobIds: readonly string[]): Promise<void>;
  /** Cancels files of one job. */
  cancelFiles(jobId: string, fileIds: readonly number[]): Promise<void>;
  /** Opens the stream of outcomes after a sequence number. */
  events(after: number, signal: AbortSignal): Promise<IncomingMessage>;
  close(): void;
}

const ANSWER_MS = 60_000;
const TOKEN_SECONDS = 3600;
const FIELDS = 'file_id,file_state,source_surl,dest_surl,reason,start_time,finish_time,file_metadata';
/** What Leman's transfer service tells beyond that. An FTS that minds is not asked for it again. */
const MORE_FIELDS = `${FIELDS},reason_code,reason_facts`;
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** The client side of the FTS3 REST API, with a bearer token of the lake's issuer. Kept-alive connections. */
const createFtsClient = (lake: Lake, url: string): FtsClient => {
  const base = new URL(url);
  const tls = base.protocol === 'https:';
  const agent = tls
    ? new https.Agent({
        keepAlive: true,
        // Made once: the agent would take a list of CAs into the name of every connection, 200 KB of text per request.
        ...(lake.settings.ca
          ? { secureContext: createSecureContext({ ca: [...rootCertificates, lake.settings.ca] }) }
          : {}),
      })
    : new http.Agent({ keepAlive: true });
  let plain = false;
  let token: { text: string; until: number } | undefined;
  const bearer = () => {
    const now = lake.clock.now();
    if (!token || token.until < now) {
      const text = lake.issuer.mint({
        subject: CONVEYOR_SUBJECT,
        audience: base.origin,
        scopes: '',
        lifetimeSeconds: TOKEN_SECONDS,
      });
      token = { text, until: now + (TOKEN_SECONDS / 2) * 1000 };
    }
    return token.text;
  };

  const open = (
    method: string,
    path: string,
    body?: string,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const request = (tls ? https : http).request(
        `${base.href.replace(/\/$/, '')}${path}`,
        {
          method,
          agent,
          headers: {
            authorization: `Bearer ${bearer()}`,
            accept: signal ? 'text/event-stream' : 'application/json',
            ...(body === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          },
          ...(signal ? { signal } : { timeout: ANSWER_MS }),
        },
        resolve,
      );
      request.on('timeout', () =>
        request.destroy(new FtsError(`${base.host} did not answer within ${ANSWER_MS / 1000} s`, -1)),
      );
      request.on('error', (error: NodeJS.ErrnoException) => {
        const status = neverSent.has(error.code ?? '') ? 0 : -1;
        reject(
          error instanceof FtsError
            ? error
            : new FtsError(`${base.host}: ${error.message || error.code || 'no connection'}`, status),
        );
      });
      request.end(body);
    });

  const read = async (answer: IncomingMessage): Promise<string> => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
    } catch (error) {
      throw new FtsError(`${base.host}: ${(error as Error).message}`, -1);
    }
    return Buffer.concat(chunks).toString('utf8');
  };

  const refusal = (status: number, text: string): FtsError => {
    let message = text;
    try {
      message = String((JSON.parse(text) as { message?: unknown }).message ?? message);
    } catch {
      // an HTML page, or nothing
    }
    return new FtsError(`${base.host} answered ${status}: ${plainText(message, 300)}`, status);
  };

  const call = async (
    method: string,
    path: string,
    body?: string,
  ): Promise<{ status: number; json: unknown }> => {
    const answer = await open(method, path, body);
    const text = await read(answer);
    const status = answer.statusCode ?? 0;
    if (status >= 300 && status !== 404 && status !== 409) throw refusal(status, text);
    try {
      return { status, json: text === '' ? null : JSON.parse(text) };
    } catch {
      if (status === 404 || status === 409) return { status, json: null };
      throw new FtsError(`${base.host} did not answer in JSON`, -1);
    }
  };

  return {
    url: base.href.replace(/\/$/, ''),
    async whoami() {
      const { status, json } = await call('GET', '/whoami');
      const { vos, base_id } = (json ?? {}) as { vos?: string[]; base_id?: string };
      if (status !== 200 || !vos?.[0] || !base_id)
        throw new FtsError(`${base.host} does not say who we are (GET /whoami)`, status);
      return { vos, base_id };
    },
    async submit(job) {
      const { status, json } = await call('POST', '/jobs', JSON.stringify(job));
      if (status === 404) throw new FtsError(`${base.host} has no /jobs`, 404);
      const { job_id, message } = (json ?? {}) as { job_id?: string; message?: string };
      if (job_id) return job_id;
      // 409: the same job was handed over before and its answer got lost; the caller knows its id.
      if (status === 409) return /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/.exec(message ?? '')?.[0] ?? '';
      throw new FtsError(`${base.host} took the job without giving an id`, -1);
    },
    async states(jobIds) {
      if (jobIds.length === 0) return [];
      const path = `/jobs/${jobIds.join(',')}?files=`;
      const ask = () => call('GET', path + (plain ? FIELDS : MORE_FIELDS));
      const { status, json } = await ask().catch((error: unknown) => {
        if (plain || !(error instanceof FtsError) || (error.status !== 400 && error.status !== 500))
          throw error;
        plain = true;
        return ask();
      });
      if (status === 404) return jobIds.map((job_id) => ({ job_id, http_status: '404 Not Found' }));
      return (Array.isArray(json) ? json : [json]) as FtsJobStatus[];
    },
    async cancelJobs(jobIds) {
      if (jobIds.length > 0) await call('DELETE', `/jobs/${jobIds.join(',')}`);
    },
    async cancelFiles(jobId, fileIds) {
      if (fileIds.length > 0) await call('DELETE', `/jobs/${jobId}/files/${fileIds.join(',')}`);
    },
    async events(after, signal) {
      const answer = await open('GET', `/events?after=${after}`, undefined, signal);
      if (answer.statusCode !== 200) throw refusal(answer.statusCode ?? 0, await read(answer));
      return answer;
    },
    close: () => agent.destroy(),
  };
};

const clients = new WeakMap<Lake, FtsClient>();

/** The client of the lake's transfer service; undefined when the lake has none. */
export const ftsClient = (lake: Lake): FtsClient | undefined => {
  const { transferUrl } = lake.settings;
  if (!transferUrl) return undefined;
  const known = clients.get(lake);
  if (known?.url === new URL(transferUrl).href.replace(/\/$/, '')) return known;
  const client = createFtsClient(lake, transferUrl);
  clients.set(lake, client);
  return client;
};
