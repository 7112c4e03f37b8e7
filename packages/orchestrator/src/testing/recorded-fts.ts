import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deterministicJobId } from '../conveyor/job-id.ts';

/** A job as it was handed over. */
export interface TakenJob {
  id: string;
  files: {
    sources: string[];
    destinations: string[];
    metadata: { request_id: string; name: string };
    source_tokens?: string[];
  }[];
  params: Record<string, unknown>;
}

export interface RecordedFts {
  url: string;
  jobs: Map<string, TakenJob>;
  canceled: string[];
  /** What the next POST /jobs do instead of answering 200: a status, or 'cut' (taken, but the answer is lost). */
  answers: (number | 'cut')[];
  /** Answers 400 to a job that holds a file of this name. */
  refusedName: string | undefined;
  /** State of every file that is asked for (GET /jobs/...). */
  fileState: {
    file_state: string;
    reason?: string;
    reason_code?: string;
    reason_facts?: Record<string, string>;
  };
  /** Sends an event on the open streams and to those who resume. */
  tell(event: Record<string, unknown>): void;
  /** Cuts the open streams. */
  cutStreams(): void;
  close(): Promise<void>;
}

const BASE_ID = '01874efb-4735-4595-bc9c-591aef8240c9';

const read = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
};

/** A server that gives the answers of the FTS3 REST API as recorded from the original (reference fts3 1.2, 1.3). */
export const startRecordedFts = async (): Promise<RecordedFts> => {
  const streams = new Set<ServerResponse>();
  const events: Record<string, unknown>[] = [];
  const print = (event: Record<string, unknown>) => `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
  const json = (response: ServerResponse, status: number, value: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  const status = (id: string) => {
    const job = fts.jobs.get(id);
    if (!job) return { job_id: id, http_status: '404 Not Found', http_message: 'no such job' };
    const files = job.files.map((file, index) => ({
      file_id: index + 1,
      file_metadata: file.metadata,
      ...fts.fileState,
    }));
    return { job_id: id, http_status: '200 Ok', job_state: 'ACTIVE', files };
  };
  const submit = async (request: IncomingMessage, response: ServerResponse) => {
    const job = JSON.parse(await read(request)) as Omit<TakenJob, 'id'>;
    const answer = fts.answers.shift();
    if (typeof answer === 'number')
      return json(response, answer, { status: `${answer}`, message: 'as recorded' });
    if (fts.refusedName && job.files.some((file) => file.metadata.name === fts.refusedName)) {
      return json(response, 400, {
        status: '400 Bad Request',
        message: `${fts.refusedName} is not acceptable`,
      });
    }
    const id = deterministicJobId(BASE_ID, 'lake', String(job.params.sid));
    fts.jobs.set(id, { ...job, id });
    if (answer === 'cut') return response.destroy();
    return json(response, 200, { job_id: id });
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://x');
    const rest = url.pathname.split('/').slice(1);
    if (!/^Bearer \S+\.\S+\.\S+$/.test(request.headers.authorization ?? ''))
      return json(response, 403, { message: 'no token' });
    if (url.pathname === '/whoami') return json(response, 200, { vos: ['lake'], base_id: BASE_ID });
    if (url.pathname === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const after = Number(url.searchParams.get('after'));
      for (const event of events) if (Number(event.seq) > after) response.write(print(event));
      response.write(': hello\n\n');
      streams.add(response);
      return response.once('close', () => streams.delete(response));
    }
    if (request.method === 'POST') return await submit(request, response);
    const ids = (rest[1] ?? '').split(',');
    if (request.method === 'DELETE') {
      fts.canceled.push(rest[2] === 'files' ? `${rest[1]}/${rest[3]}` : rest[1]!);
      return json(response, 200, []);
    }
    const states = ids.map(status);
    if (ids.length === 1) return json(response, fts.jobs.has(ids[0]!) ? 200 : 404, states[0]);
    return json(response, states.every((one) => one.http_status.startsWith('200')) ? 200 : 207, states);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fts: RecordedFts = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    jobs: new Map(),
    canceled: [],
    answers: [],
    refusedName: undefined,
    fileState: { file_state: 'ACTIVE' },
    tell(event) {
      const numbered = { ...event, seq: events.length + 1 };
      events.push(numbered);
      for (const stream of streams) stream.write(print(numbered));
    },
    cutStreams() {
      for (const stream of streams) stream.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return fts;
};
