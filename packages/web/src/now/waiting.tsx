import { type LakeStatus, paceOf } from '@leman/contracts';
import { Link } from '@tanstack/react-router';
import { Bytes } from '../parts/figures.tsx';
import { sayMany } from '../parts/format.ts';
import { Panel } from '../parts/panel.tsx';
import { State } from '../parts/state.tsx';
import classes from './now.module.css';

const words: Record<string, string> = {
  NO_SOURCES: 'No copy to read from',
  NO_ROUTE: 'No common protocol',
  SOURCE_UNAVAILABLE: 'Sources closed for reading',
  SOURCE_MISSING: 'Gone from its source',
  SOURCE_CORRUPT: 'Damaged at its source',
  SOURCE_DENIED: 'Refused by the source',
  SOURCE_DOWN: 'Source does not answer',
  DESTINATION_FULL: 'Destination full',
  DESTINATION_DENIED: 'Refused by the destination',
  DESTINATION_DOWN: 'Destination does not answer',
  DESTINATION_CLOSED: 'Destination closed',
  DESTINATION_EXISTS: 'Another file is in its place',
  CHECKSUM_MISMATCH: 'Damaged on the way',
  SIZE_MISMATCH: 'Wrong size on arrival',
  TIMEOUT: 'No byte moved',
  TRANSFER_FAILED: 'The copy failed',
  TRANSFER_LOST: 'Lost by the transfer service',
  SUBMISSION_FAILED: 'Not taken by the transfer service',
  RETRIES_EXHAUSTED: 'Gave up after many attempts',
  INSUFFICIENT_QUOTA: 'Quota used up',
  INSUFFICIENT_TARGETS: 'Too few storages',
  QUEUED: 'Waits for its turn',
};

/** The reason as a few words; its code when it has none. */
export const sayReasonShort = (code: string): string =>
  words[code] ?? code.toLowerCase().replaceAll('_', ' ');

/** Queues always hold a little; more than this is news. */
const NOTABLE = 100;

/** What is not moving, and why; and daemons and queues that stand out. */
export const Waiting = ({ status }: { status: LakeStatus | undefined }) => {
  if (!status) return null;
  const dead = status.daemons.filter(({ alive }) => !alive);
  const backlog = Object.entries(status.backlog).filter(([, rows]) => rows > NOTABLE);
  const waiting = status.transfers.waiting.toSorted((one, other) => other.files - one.files);
  if (waiting.length + dead.length + backlog.length === 0) return null;
  return (
    <div id="waiting">
      <Panel title="Waiting, and why" flush>
        <ul className={classes.reasons}>
          {waiting.map(({ reason, files, bytes }) => (
            <li key={reason}>
              <State
                quiet
                tone={paceOf(reason) === 'held up' ? 'stuck' : 'waiting'}
                word={sayReasonShort(reason)}
                term={reason}
              />
              <span>
                {sayMany(files, 'file')}, <Bytes value={bytes} />
              </span>
            </li>
          ))}
          {waiting.length > 0 ? (
            <li>
              <Link to="/rules" search={{ 'rules-sort': 'progress' }}>
                Rules, the least complete first
              </Link>
            </li>
          ) : null}
          {dead.map(({ name }) => (
            <li key={name} id="daemons">
              <State quiet tone="failed" word={name} />
              <span>not heard of</span>
            </li>
          ))}
          {backlog.map(([name, rows]) => (
            <li key={name}>
              <State quiet tone="waiting" word={name} />
              <span>{sayMany(rows, 'row')} to do</span>
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
};
