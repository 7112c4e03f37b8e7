import type { DaemonDefinition } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { askStates } from './ask-states.ts';
import { finishMock } from './finish-mock.ts';
import { ftsClient } from './fts-client.ts';

const POLL_MS = 5_000;

/**
 * The net below the receiver: asks the transfer service about what was not heard of for 30 s, and about jobs whose
 * handing over was cut off. Also ends what the mock transfer tool "carried".
 */
export const conveyorPoller = (lake: Lake): DaemonDefinition => ({
  name: 'conveyor-poller',
  wakeOn: ['conveyor-poller'],
  pollMs: POLL_MS,
  async batch({ now }) {
    const date = new Date(now);
    const mocked = await finishMock(lake.sql, date);
    const client = ftsClient(lake);
    const asked = client ? await askStates(lake, client, date) : 0;
    if (mocked + asked > 0) lake.wakeups.wake('conveyor-finisher');
    return mocked + asked;
  },
});
