import { FieldError } from '@leman/contracts';
import { type ByteSource, readLines } from './read-lines.ts';
import type { Transport } from './transport.ts';
import { parseJson, query } from './wire.ts';

export interface LakeEventMessage {
  /** Sequence number; following resumes after the last one seen. */
  id: string;
  /** Name of the field: transfer-done, rule-ok, ... */
  type: string;
  payload: Record<string, unknown>;
}

export interface FollowOptions {
  /** Events after this sequence number; left out: from now on. */
  after?: string;
  /** Only these types. */
  types?: readonly string[];
  signal?: AbortSignal;
  /** Called when the stream opens and when it breaks, with the time of the next try in ms. */
  onState?(state: 'open' | 'broken', wait?: number): void;
  /** Called with the number to resume from, whenever it is told: at the opening too, when nothing has happened. */
  onPosition?(id: string): void;
  /** Called whenever anything arrives, also a keep-alive. */
  onAlive?(): void;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;

/** Waits, or less when the signal comes. */
const pause = (milliseconds: number, signal: AbortSignal | undefined) =>
  new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end);
  });

/**
 * The events of the lake as they happen (`GET /events`, server-sent events). A broken stream is taken up again after
 * the last event seen, so nothing is lost and nothing comes twice. Ends with the signal.
 * @throws FieldError when the lake refuses (no token, unknown type).
 */
export async function* followEvents(
  transport: Transport,
  options: FollowOptions = {},
): AsyncGenerator<LakeEventMessage> {
  const { signal } = options;
  let last = options.after;
  let wait = FIRST_WAIT;
  while (!signal?.aborted) {
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream' };
      if (last !== undefined) headers['Last-Event-ID'] = last;
      const path = `/events${query({ after: last, types: options.types?.join(',') })}`;
      const response = await transport.send(path, signal ? { headers, signal } : { headers });
      options.onState?.('open');
      wait = FIRST_WAIT;
      let [id, type, data] = ['', 'message', ''];
      if (!response.body) return;
      for await (const line of readLines(response.body as ByteSource)) {
        options.onAlive?.();
        if (line === '') {
          if (id) {
            last = id;
            options.onPosition?.(id);
          }
          if (data) yield { id, type, payload: parseJson(data) as Record<string, unknown> };
          [id, type, data] = ['', 'message', ''];
        } else if (line.startsWith('id:')) id = line.slice(3).trim();
        else if (line.startsWith('event:')) type = line.slice(6).trim();
        else if (line.startsWith('data:')) data += (data ? '\n' : '') + line.slice(5).trimStart();
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (error instanceof FieldError && !error.retryable) throw error;
    }
    if (signal?.aborted) return;
    options.onState?.('broken', wait);
    await pause(wait, signal);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }
}
