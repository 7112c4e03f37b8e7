import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, createDaemon, silentLog } from '@leman/foundation';
import { createTestDatabase } from '@leman/foundation/testing';
import { createIssuer } from '@leman/tokens';
import { issueToken } from '../accounts/issue-token.ts';
import type { Lake, OrchestratorSettings } from '../lake.ts';
import { migrationsDirectory, type Orchestrator, rooms, startOrchestrator } from '../orchestrator.ts';

export interface TestAnswer {
  status: number;
  /** The parsed body: a JSON document, the documents of a JSON stream, or undefined for anything else. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers without describing each
  json: any;
  text: string;
  headers: Headers;
}

export interface TestLake {
  lake: Lake;
  orchestrator: Orchestrator;
  url: string;
  root: { token: string };
  /** Calls the REST API, as root unless another token is given (null: none). A body that is no text goes as JSON. */
  api(
    method: string,
    path: string,
    body?: unknown,
    options?: { token?: string | null; headers?: Record<string, string> },
  ): Promise<TestAnswer>;
  /** Makes an account (with admin rights if wished) and returns a token of it. */
  newAccount(account: string, options?: { admin?: boolean }): Promise<{ token: string }>;
  /** Runs one daemon until it finds nothing to do; returns the items handled. */
  drain(name: string): Promise<number>;
  stop(): Promise<void>;
}

export interface TestLakeOptions {
  /** Daemons that run by themselves; none when left out. */
  daemons?: readonly string[];
  clock?: Clock;
  settings?: Partial<OrchestratorSettings>;
}

const parse = (type: string | null, text: string): unknown => {
  if (type === 'application/x-json-stream') {
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line.replaceAll(/\bInfinity\b/g, '1e999')));
  }
  try {
    return JSON.parse(text.replaceAll(/\bInfinity\b/g, '1e999'));
  } catch {
    return undefined;
  }
};

/** A whole orchestrator on a database of its own and a free port of the loopback, without daemons unless named. */
export const startTestLake = async (options: TestLakeOptions = {}): Promise<TestLake> => {
  const database = await createTestDatabase({ orchestrator: migrationsDirectory });
  const home = await mkdtemp(join(tmpdir(), 'leman-test-lake-'));
  const issuer = createIssuer({ keyFile: join(home, 'issuer.pem'), issuer: 'https://lake.example' });
  const orchestrator = await startOrchestrator({
    databaseUrl: database.url,
    host: '127.0.0.1',
    port: 0,
    issuer,
    log: silentLog,
    daemons: options.daemons ?? [],
    ...(options.clock ? { clock: options.clock } : {}),
    settings: {
      version: '0.0.0',
      tokenLifetime: 3600,
      storageTokenLifetime: 3600,
      transferUrl: undefined,
      ca: undefined,
      ruleDeletionDelay: 3600,
      ownerMayDeleteRules: true,
      backgroundLocks: 10_000,
      ...options.settings,
    },
  });
  const { lake, url } = orchestrator;

  const newAccount: TestLake['newAccount'] = async (account, { admin = false } = {}) => {
    await lake.sql`insert into accounts (account, account_type) values (${account}, 'USER') on conflict do nothing`;
    if (admin) {
      await lake.sql`insert into account_attributes (account, key, value) values (${account}, 'admin', 'true') on conflict do nothing`;
    }
    return issueToken(lake, { account, identity: account, appid: 'test', ip: '127.0.0.1' });
  };
  const root = await newAccount('root');

  return {
    lake,
    orchestrator,
    url,
    root,
    newAccount,
    async api(method, path, body, { token = root.token, headers = {} } = {}) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { ...(token === null ? {} : { 'x-rucio-auth-token': token }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        redirect: 'manual',
      });
      const text = await response.text();
      return {
        status: response.status,
        json: parse(response.headers.get('content-type'), text),
        text,
        headers: response.headers,
      };
    },
    async drain(name) {
      const definition = rooms
        .flatMap((room) => room.daemons?.(lake) ?? [])
        .find((candidate) => candidate.name === name);
      if (!definition) throw new Error(`There is no daemon ${name}.`);
      const daemon = createDaemon(definition, { log: lake.log, wakeups: lake.wakeups, clock: lake.clock });
      try {
        return await daemon.drain();
      } finally {
        await daemon.stop();
      }
    },
    async stop() {
      await orchestrator.stop();
      await database.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
};
