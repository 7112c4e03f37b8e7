import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { twoStorages } from '../testing/two-storages.ts';

describe('events', () => {
  const lab = twoStorages();
  const { put, fileOf } = lab;

  test('events come in order, without gaps, and can be read again from any number', async () => {
    put('/event', 'hello');
    const read = async (after: number, enough: (events: Record<string, unknown>[]) => boolean) => {
      const leave = new AbortController();
      const answer = await fetch(`${lab.bench.transfer.url}/events?after=${after}`, {
        headers: { authorization: `Bearer ${lab.bench.tokenOf('admin')}` },
        signal: leave.signal,
      });
      assert.equal(answer.headers.get('content-type'), 'text/event-stream');
      const events: Record<string, unknown>[] = [];
      let rest = '';
      for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
        rest += chunk;
        const blocks = rest.split('\n\n');
        rest = blocks.pop()!;
        for (const block of blocks) {
          const data = /^data: (.*)$/m.exec(block)?.[1];
          if (data) events.push(JSON.parse(data));
        }
        if (enough(events)) break;
      }
      leave.abort();
      return events;
    };
    const jobId = await lab.bench.submit([fileOf('/event', 'hello', { metadata: { request_id: 'e1' } })], {
      job_metadata: { issuer: 'rucio' },
    });
    const events = await read(0, (all) =>
      all.some((event) => event.job_id === jobId && event.kind === 'complete'),
    );
    assert.deepEqual(
      events.map((event) => event.seq),
      events.map((_, index) => index + 1),
    );
    const mine = events.filter((event) => event.job_id === jobId);
    assert.deepEqual(
      mine.map((event) => [event.kind, event.file_state]),
      [
        ['state', 'ACTIVE'],
        ['complete', 'FINISHED'],
      ],
    );
    const complete = mine[1]!;
    assert.equal(complete.t_final_transfer_state, 'Ok');
    assert.equal(complete.job_state, 'UNKNOWN');
    assert.equal(String(complete.tr_id).split('__').at(-1), jobId);
    assert.deepEqual(complete.file_metadata, { request_id: 'e1' });
    const last = await read(Number(complete.seq) - 1, (all) => all.length > 0);
    assert.deepEqual(last[0], complete);
  });
});
