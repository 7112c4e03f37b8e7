import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import type { Session } from '../session/find-session.ts';
import { sayCount } from '../terminal/units.ts';
import type { Finding } from './print-finding.ts';

/** Tokens are taken when the clocks differ by less. */
const CLOCK_SECONDS = 30;
const BACKLOG = 100_000;

const transferService = async (session: Session): Promise<Finding | undefined> => {
  if (!session.from.endsWith('admin.json')) return undefined;
  const check = 'Transfer service';
  const ports = await readFile(join(session.from, '..', 'ports.json'), 'utf8').catch(() => undefined);
  if (ports === undefined) return undefined;
  const url = new URL(session.url);
  url.port = String((JSON.parse(ports) as Record<string, number>).transfer);
  try {
    // Without a token it refuses: that it does is the answer wanted.
    const { status } = await fetch(url, { signal: AbortSignal.timeout(5000) });
    return status < 500
      ? { check, state: 'ok', say: `answers at ${url.origin}` }
      : { check, state: 'failed', say: `${url.origin} answers ${status}`, todo: 'See the log in the home.' };
  } catch (error) {
    const { cause, message } = error as { cause?: { code?: string }; message: string };
    return {
      check,
      state: 'failed',
      say: `${url.origin} does not answer (${cause?.code ?? message})`,
      todo: 'Start it: leman up, or leman serve --roles transfer.',
    };
  }
};

/** The checks of a lake from outside: answer, clock, login, daemons, backlog, transfer service. */
export async function* checkLake(context: Context, session: Session): AsyncGenerator<Finding> {
  const sent = Date.now();
  let date: string | null;
  try {
    const answer = await fetch(`${session.url}/ping`, { signal: AbortSignal.timeout(10_000) });
    date = answer.headers.get('date');
    const { version } = (await answer.json()) as { version?: string };
    yield {
      check: 'Lake',
      state: 'ok',
      say: `${session.url} answers in ${Date.now() - sent} ms, version ${version}`,
    };
  } catch (error) {
    const { cause, message } = error as { cause?: { code?: string }; message: string };
    yield {
      check: 'Lake',
      state: 'failed',
      say: `${session.url} does not answer (${cause?.code ?? message})`,
      todo: 'Start it with "leman up", or see its log.',
    };
    return;
  }
  const off = date === null ? 0 : Math.abs(Date.parse(date) - (sent + Date.now()) / 2) / 1000;
  yield off > CLOCK_SECONDS
    ? {
        check: 'Clock',
        state: 'failed',
        say: `differs from the lake's by ${Math.round(off)} s`,
        todo: 'Set the clock (chrony, ntpd): tokens depend on it.',
      }
    : { check: 'Clock', state: 'ok', say: 'agrees with the lake' };
  const client = await context.client();
  try {
    const { account, status } = await client.accounts.whoami();
    yield { check: 'Account', state: 'ok', say: `${account} is ${status}` };
  } catch (error) {
    yield {
      check: 'Account',
      state: 'failed',
      say: (error as Error).message,
      todo: 'Log in again: leman login.',
    };
    return;
  }
  const transfer = await transferService(session);
  if (transfer) yield transfer;
  try {
    const lake = await client.status.lake();
    const silent = lake.daemons.filter(({ alive }) => !alive).map(({ name }) => name);
    yield silent.length > 0
      ? {
          check: 'Daemons',
          state: 'failed',
          say: `silent: ${silent.join(', ')}`,
          todo: 'Start them: leman up, or leman serve --roles daemons; the log says why they stopped.',
        }
      : { check: 'Daemons', state: 'ok', say: `${lake.daemons.length} alive` };
    for (const { rse, closed_itself, availability_write } of lake.rses) {
      if (!closed_itself) continue;
      const operations = availability_write ? 'delete' : 'write delete';
      yield {
        check: `Breaker ${rse}`,
        state: 'failed',
        say: closed_itself,
        todo: `Find out why. If it is meant, go on with: leman rse open ${rse} ${operations}. If not, take it back first.`,
      };
    }
    const long = Object.entries(lake.backlog).filter(([, rows]) => rows > BACKLOG);
    yield long.length > 0
      ? {
          check: 'Backlog',
          state: 'warning',
          say: long.map(([queue, rows]) => `${queue} ${sayCount(rows)}`).join(', '),
          todo: 'Run more daemons: leman serve --roles daemons on another machine.',
        }
      : { check: 'Backlog', state: 'ok', say: 'short' };
  } catch (error) {
    yield { check: 'Daemons', state: 'failed', say: (error as Error).message, todo: "See the lake's log." };
  }
}
