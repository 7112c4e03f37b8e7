import type { LakeEventMessage } from '@leman/client';
import { createContext, type ReactNode, use, useEffect, useState } from 'react';
import { isLoggedOut, lake, queries } from './lake.ts';

export interface LiveEvent extends LakeEventMessage {
  /** When it happened. */
  at: Date;
}

interface Live {
  state: 'connecting' | 'open' | 'broken';
  /** Newest first. */
  events: readonly LiveEvent[];
}

const KEPT = 200;
/** Events come in bursts; the figures follow at most this often. */
const GATHER_MS = 200;
/** The lake keeps its status for a second: a second look makes sure that the last event is in it. */
const SECOND_LOOK_MS = 1_200;
/** The stream says something every 5 s. */
const SILENCE_MS = 10_000;

const Context = createContext<Live>({ state: 'connecting', events: [] });

/** What an event may have changed, by its name in the field. */
const touched = (type: string): string[] => {
  if (/^rule|^RULE|lock/i.test(type)) return ['rules', 'rule', 'explain', 'did-rules', 'copies', 'did'];
  if (/transfer/.test(type)) return ['rules', 'rule', 'explain', 'copies'];
  if (/deletion/.test(type)) return ['copies', 'files'];
  return ['dids', 'did', 'files', 'copies'];
};

/** When it was written down by the lake. */
const timeOf = ({ payload }: LakeEventMessage): Date => new Date(String(payload.event_at));

/** The last events before a position, for a page that has just been opened. */
const recentEvents = async (position: string, signal: AbortSignal): Promise<LiveEvent[]> => {
  const events: LiveEvent[] = [];
  const stop = new AbortController();
  const end = () => stop.abort();
  signal.addEventListener('abort', end);
  const timer = setTimeout(end, 1_500);
  const after = String(Math.max(0, Number(position) - KEPT));
  try {
    for await (const event of lake.events({ after, signal: stop.signal })) {
      if (Number(event.id) > Number(position)) break;
      events.unshift({ ...event, at: timeOf(event) });
      if (event.id === position) break;
    }
  } catch {
    // The stream itself tells when something is wrong; without its past the list just starts empty.
  }
  clearTimeout(timer);
  stop.abort();
  signal.removeEventListener('abort', end);
  return events;
};

/** Follows the events of the lake for all pages: one stream, whatever is shown. */
export const LiveProvider = ({ children }: { children: ReactNode }) => {
  const [live, setLive] = useState<Live>({ state: 'connecting', events: [] });
  useEffect(() => {
    const stop = new AbortController();
    const dirty = new Set<string>();
    let gathering: ReturnType<typeof setTimeout> | undefined;
    let second: ReturnType<typeof setTimeout> | undefined;
    let silence: ReturnType<typeof setTimeout> | undefined;
    let first = true;
    let lost = false;
    const refresh = () => {
      gathering = undefined;
      void queries.invalidateQueries({ queryKey: ['status'] });
      for (const key of dirty) void queries.invalidateQueries({ queryKey: [key] });
      dirty.clear();
      clearTimeout(second);
      second = setTimeout(() => queries.invalidateQueries({ queryKey: ['status'] }), SECOND_LOOK_MS);
    };
    const alive = () => {
      clearTimeout(silence);
      silence = setTimeout(() => setLive((before) => ({ ...before, state: 'broken' })), SILENCE_MS);
    };
    const follow = async () => {
      const stream = lake.events({
        signal: stop.signal,
        onAlive: () => {
          alive();
          // What could not be read while the lake was away is read now.
          if (lost) void queries.invalidateQueries();
          lost = false;
          setLive((before) => (before.state === 'open' ? before : { ...before, state: 'open' }));
        },
        onState: (state) => {
          lost ||= state === 'broken';
          setLive((before) => ({ ...before, state }));
        },
        onPosition: (position) => {
          if (!first) return;
          first = false;
          void recentEvents(position, stop.signal).then((past) =>
            setLive((before) => ({ ...before, events: [...before.events, ...past].slice(0, KEPT) })),
          );
        },
      });
      for await (const event of stream) {
        setLive((before) => ({
          ...before,
          events: [{ ...event, at: timeOf(event) }, ...before.events].slice(0, KEPT),
        }));
        for (const key of touched(event.type)) dirty.add(key);
        gathering ??= setTimeout(refresh, GATHER_MS);
      }
    };
    follow().catch((error: unknown) => {
      if (!isLoggedOut(error)) setLive((before) => ({ ...before, state: 'broken' }));
    });
    return () => {
      stop.abort();
      clearTimeout(gathering);
      clearTimeout(second);
      clearTimeout(silence);
    };
  }, []);
  return <Context value={live}>{children}</Context>;
};

export const useLive = (): Live => use(Context);
