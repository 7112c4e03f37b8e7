import { createInterface } from 'node:readline';
import type { DaemonDefinition } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { ftsClient } from './fts-client.ts';
import { readEvent, readProgress } from './read-outcome.ts';
import { type Outcome, type Progress, recordOutcomes, recordProgress } from './record-outcomes.ts';

const POLL_MS = 2_000;
const BATCH = 1_000;
const MOST_BUFFERED = 5_000;
/** The service sends a sign of life every 5 s. */
const SILENCE_MS = 30_000;

interface Stream {
  buffer: { seq: number; outcome: Outcome | undefined; progress: Progress | undefined }[];
  resume(): void;
  ended: boolean;
  close(): void;
}

/**
 * Hears outcomes from the transfer service as they happen (`GET /events`, server-sent events). The sequence number that
 * was read is stored with the outcomes in one transaction, so a restart goes on exactly there. A service without that
 * stream (a real FTS) is left to the poller.
 */
export const conveyorReceiver = (lake: Lake): DaemonDefinition => {
  let stream: Stream | undefined;
  let notBefore = 0;

  const open = async (signal: AbortSignal): Promise<Stream | undefined> => {
    const client = ftsClient(lake);
    if (!client) return undefined;
    const [row] = await lake.sql<
      { seq: number }[]
    >`select seq from transfer_cursors where host = ${client.url}`;
    const abort = new AbortController();
    const answer = await client.events(row?.seq ?? 0, AbortSignal.any([signal, abort.signal]));
    const opened: Stream = {
      buffer: [],
      ended: false,
      resume: () => void answer.resume(),
      close: () => abort.abort(),
    };
    let silence = setTimeout(() => abort.abort(), SILENCE_MS).unref();
    answer.on('data', () => {
      clearTimeout(silence);
      silence = setTimeout(() => abort.abort(), SILENCE_MS).unref();
    });
    let id = '';
    let data = '';
    const lines = createInterface({ input: answer, crlfDelay: Number.POSITIVE_INFINITY });
    lines.on('line', (line) => {
      if (line.startsWith('id:')) id = line.slice(3).trim();
      else if (line.startsWith('data:')) data += line.slice(5).trim();
      else if (line === '' && data) {
        try {
          const event = JSON.parse(data) as Record<string, unknown>;
          const seq = Number(event.seq ?? id);
          if (Number.isSafeInteger(seq))
            opened.buffer.push({ seq, outcome: readEvent(event), progress: readProgress(event) });
        } catch {
          lake.log.warn('an event of the transfer service was not JSON');
        }
        data = '';
        if (opened.buffer.length === 1) lake.wakeups.wake('conveyor-receiver');
        if (opened.buffer.length > MOST_BUFFERED) answer.pause();
      }
    });
    const end = () => {
      clearTimeout(silence);
      opened.ended = true;
    };
    answer.on('error', end);
    lines.on('error', end);
    lines.on('close', () => {
      end();
      lake.wakeups.wake('conveyor-receiver');
    });
    return opened;
  };

  return {
    name: 'conveyor-receiver',
    wakeOn: ['conveyor-receiver'],
    pollMs: POLL_MS,
    async close() {
      stream?.close();
    },
    async batch({ now, signal }) {
      if (stream?.ended && stream.buffer.length === 0) stream = undefined;
      if (!stream && performance.now() >= notBefore) {
        notBefore = performance.now() + POLL_MS;
        try {
          stream = await open(signal);
        } catch (error) {
          if (signal.aborted) return 0;
          lake.log.debug({ err: (error as Error).message }, 'no stream of outcomes; the poller asks instead');
        }
      }
      const host = ftsClient(lake)?.url;
      if (!stream || !host || stream.buffer.length === 0) return 0;
      const events = stream.buffer.slice(0, BATCH);
      const outcomes = events.flatMap(({ outcome }) => outcome ?? []);
      const date = new Date(now);
      try {
        await lake.sql.begin(async (tx) => {
          const moving = events.flatMap(({ progress }) => progress ?? []);
          await recordProgress(tx, moving, date);
          await recordOutcomes(tx, outcomes, date);
          await tx`
            insert into transfer_cursors as c (host, seq, updated_at) values (${host}, ${events.at(-1)!.seq}, ${date})
            on conflict (host) do update set seq = greatest(c.seq, excluded.seq), updated_at = excluded.updated_at`;
        });
      } catch (error) {
        // The same events come again from the cursor.
        stream.close();
        stream = undefined;
        throw error;
      }
      stream.buffer.splice(0, events.length);
      if (stream.buffer.length < BATCH) stream.resume();
      if (outcomes.length > 0) lake.wakeups.wake('conveyor-finisher');
      return events.length;
    },
  };
};
