import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';
import { emit } from './emit.ts';

interface Heard {
  id: string;
  type: string;
  payload: { n?: number };
}

describe('events', () => {
  let lake: TestLake;
  before(async () => {
    lake = await startTestLake();
  });
  after(() => lake.stop());

  /** Opens the stream and reads until `enough` says so. */
  const follow = async (path: string, headers: Record<string, string> = {}) => {
    const abort = new AbortController();
    const response = await fetch(`${lake.url}${path}`, {
      headers: { 'x-rucio-auth-token': lake.root.token, ...headers },
      signal: abort.signal,
    });
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    const heard: Heard[] = [];
    let lastId = '';
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    return {
      heard,
      lastId: () => lastId,
      async until(enough: () => boolean) {
        while (!enough()) {
          const { value, done } = await reader.read();
          if (done) throw new Error('the stream ended');
          text += value;
          const blocks = text.split('\n\n');
          text = blocks.pop()!;
          for (const block of blocks) {
            const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
            lastId = field('id') ?? lastId;
            const data = field('data');
            if (data) heard.push({ id: field('id')!, type: field('event')!, payload: JSON.parse(data) });
          }
        }
      },
      end: () => abort.abort(),
    };
  };
  const say = async (...numbers: number[]) => {
    await emit(
      lake.lake.sql,
      numbers.map((n) => ({ type: n % 2 ? 'odd' : 'even', payload: { n } })),
    );
    lake.lake.wakeups.wake('hermes');
  };

  test('what happens is heard at once, by type, and a break is resumed without a gap', async () => {
    const all = await follow('/events');
    const even = await follow('/events?types=even');
    await all.until(() => all.lastId() !== '');
    await even.until(() => even.lastId() !== '');
    await say(1, 2, 3, 4);
    await all.until(() => all.heard.length >= 4);
    await even.until(() => even.heard.length >= 2);
    assert.deepEqual(
      all.heard.map((event) => event.payload.n),
      [1, 2, 3, 4],
    );
    assert.deepEqual(
      even.heard.map((event) => [event.type, event.payload.n]),
      [
        ['even', 2],
        ['even', 4],
      ],
    );
    all.end();
    even.end();
    await say(5, 6);
    const again = await follow('/events', { 'last-event-id': all.lastId() });
    await again.until(() => again.heard.some((event) => event.payload.n === 6));
    assert.deepEqual(
      again.heard.map((event) => event.payload.n),
      [5, 6],
    );
    again.end();
  });

  test('an event of a transaction that commits late is not lost, neither live nor by resuming', async () => {
    const live = await follow('/events');
    await live.until(() => live.lastId() !== '');
    const from = live.lastId();
    const written = Promise.withResolvers<void>();
    const commit = Promise.withResolvers<void>();
    const late = lake.lake.sql.begin(async (tx) => {
      await emit(tx, [{ type: 'late', payload: { n: 100 } }]);
      written.resolve();
      await commit.promise;
    });
    await written.promise;
    await say(101);
    await live.until(() => live.heard.length === 1);
    const resume = live.lastId();
    assert.equal(resume, from);
    commit.resolve();
    await late;
    lake.lake.wakeups.wake('hermes');
    await live.until(() => live.heard.length === 2);
    assert.deepEqual(
      live.heard.map((event) => event.payload.n),
      [101, 100],
    );
    live.end();
    const again = await follow(`/events?after=${resume}`);
    await again.until(() => again.heard.length === 2);
    assert.deepEqual(
      again.heard.map((event) => event.payload.n),
      [100, 101],
    );
    again.end();
  });

  test('thousands of old events come page by page; after=0 gives all', async () => {
    await emit(
      lake.lake.sql,
      Array.from({ length: 2500 }, (_, n) => ({ type: 'many', payload: { n } })),
    );
    const all = await follow('/events?after=0&types=many');
    await all.until(() => all.heard.length >= 2500);
    assert.deepEqual(
      all.heard.map((event) => event.payload.n),
      Array.from({ length: 2500 }, (_, n) => n),
    );
    all.end();
  });

  test('hermes drops what is older than a day', async () => {
    const { sql } = lake.lake;
    await sql`update messages set created_at = now() - interval '25 hours' where event_type = 'many'`;
    const [before] = await sql`select count(*) from messages where event_type <> 'many'`;
    await sql`delete from messages where event_type <> 'many' and id < (select min(id) from messages where event_type = 'many')`;
    assert.equal(await lake.drain('hermes'), 2500);
    assert.equal((await sql`select from messages where event_type = 'many'`).count, 0);
    assert.ok(before!.count > 0);
  });

  test('bad input', async () => {
    for (const after of ['x', '-1', '1e3', '9'.repeat(30)]) {
      const answer = await lake.api('GET', `/events?after=${after}`);
      assert.deepEqual([answer.status, answer.json.ExceptionClass], [400, 'ValueError'], after);
    }
    assert.equal((await lake.api('GET', `/events?types=${'a,'.repeat(200)}`)).status, 400);
    assert.equal((await lake.api('GET', '/events', undefined, { token: null })).status, 400);
  });

  test('a stream ends with the account that watches', async () => {
    const { token } = await lake.newAccount('watcher');
    const watched = await follow('/events', { 'x-rucio-auth-token': token });
    await watched.until(() => watched.lastId() !== '');
    assert.equal((await lake.api('PUT', '/accounts/watcher', { status: 'SUSPENDED' })).status, 200);
    await assert.rejects(
      watched.until(() => false),
      /the stream ended/,
    );
  });
});
