import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@leman/foundation';
import { createTestDatabase, type TestDatabase } from '@leman/foundation/testing';
import { createIssuer, type Issuer } from '@leman/tokens';
import type { TransferConfig } from '../config.ts';
import { startTransfer, type Transfer } from '../start-transfer.ts';

const ISSUER = 'https://issuer.test';
const AUDIENCE = 'https://transfer.test';
export const migrations = { transfer: join(import.meta.dirname, '..', '..', 'migrations') };

export interface Bench {
  database: TestDatabase;
  transfer: Transfer;
  issuer: Issuer;
  tokenOf(subject: string): string;
  /** JSON call with the token of a subject (`admin` unless said). */
  call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    subject?: string | null,
  ): Promise<{ status: number; json: T }>;
  /** Submits as admin; gives the job id. */
  submit(files: unknown[], params?: Record<string, unknown>): Promise<string>;
  /** Waits until the job ended; gives its files. */
  ended(jobId: string): Promise<{ state: string; files: FileAnswer[] }>;
  /** Stops the service and starts another one on the same database and state. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface FileAnswer {
  file_id: number;
  file_state: string;
  reason: string | null;
  reason_code: string | null;
  reason_facts: Record<string, unknown> | null;
  already_there: boolean;
  filesize: number;
  attempts: { attempt: number; state: string; mode: string | null; reason_code: string | null }[];
  [field: string]: unknown;
}

/** A transfer service on a real database, with an issuer of its own and short time limits. */
export const startBench = async (config: Partial<TransferConfig> = {}, ca?: string): Promise<Bench> => {
  const stateDir = await mkdtemp(join(tmpdir(), 'leman-transfer-'));
  const database = await createTestDatabase(migrations);
  const issuer = createIssuer({ keyFile: join(stateDir, 'issuer.pem'), issuer: ISSUER });
  const start = () =>
    startTransfer({
      databaseUrl: database.url,
      host: '127.0.0.1',
      port: 0,
      issuers: [{ issuer: ISSUER, keys: issuer.jwks().keys }],
      audience: AUDIENCE,
      adminSubjects: ['admin'],
      stateDir,
      ...(ca ? { ca } : {}),
      log: silentLog,
      config: {
        retryFirstSeconds: 0.05,
        breakerFirstMs: 100,
        breakerLastMs: 200,
        connectMs: 2000,
        ...config,
      },
    });
  const tokenOf = (subject: string) =>
    issuer.mint({ subject, audience: AUDIENCE, scopes: '', lifetimeSeconds: 600 });
  const bench: Bench = {
    database,
    issuer,
    transfer: await start(),
    tokenOf,
    async call<T>(method: string, path: string, body?: unknown, subject: string | null = 'admin') {
      const answer = await fetch(bench.transfer.url + path, {
        method,
        headers: {
          ...(subject === null ? {} : { authorization: `Bearer ${tokenOf(subject)}` }),
          'content-type': 'application/json',
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, json: (text ? JSON.parse(text) : null) as T };
    },
    async submit(files, params = {}) {
      const { status, json } = await bench.call<{ job_id: string; message?: string }>('POST', '/jobs', {
        files,
        params,
      });
      if (status !== 200) throw new Error(`${status} ${json.message}`);
      return json.job_id;
    },
    async ended(jobId) {
      for (;;) {
        const { json } = await bench.call<{ job_state: string; job_finished: string | null }>(
          'GET',
          `/jobs/${jobId}`,
        );
        if (json.job_finished)
          return {
            state: json.job_state,
            files: (await bench.call<FileAnswer[]>('GET', `/jobs/${jobId}/files`)).json,
          };
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async restart() {
      await bench.transfer.stop();
      bench.transfer = await start();
    },
    async stop() {
      await bench.transfer.stop();
      await database.drop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
  return bench;
};
