import type { Client } from '@leman/client';
import type { Session } from './session/find-session.ts';
import { createOutput, type Output } from './terminal/output.ts';

/** What every command works with. */
export interface Context {
  json: boolean;
  /** --home as given; the environment counts elsewhere. */
  home: string | undefined;
  out: Output;
  /** The lake to speak with and who one is there. */
  session(): Promise<Session>;
  client(): Promise<Client>;
}

export const createContext = (options: { home?: string; json?: boolean }): Context => {
  const json = options.json ?? false;
  let session: Promise<Session> | undefined;
  const context: Context = {
    json,
    home: options.home,
    out: createOutput(json),
    session() {
      session ??= import('./session/find-session.ts').then(({ findSession }) => findSession(options.home));
      return session;
    },
    async client() {
      const { connect } = await import('./session/connect.ts');
      return connect(await context.session());
    },
  };
  return context;
};
