import type { LakeStatus } from '@leman/contracts';
import { Skeleton, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { sayBytes, sayCount, sayMany, sayShare } from '../parts/format.ts';
import { Meter } from '../parts/meter.tsx';
import classes from './now.module.css';
import { rateNow } from './say-lake.ts';

const Figure = ({
  label,
  value,
  exact,
  note,
}: {
  label: string;
  value: string;
  exact?: string;
  note: ReactNode;
}) => (
  <div className={classes.figure}>
    <dt>{label}</dt>
    <dd>
      <Tooltip label={exact ?? value}>
        <strong>{value}</strong>
      </Tooltip>
      <span>{note}</span>
    </dd>
  </div>
);

/** The lake in five numbers. */
export const Figures = ({ status }: { status: LakeStatus | undefined }) => {
  if (!status) {
    return (
      <div className={classes.figures} aria-hidden="true">
        {[1, 2, 3, 4, 5].map((key) => (
          <div key={key} className={classes.figure}>
            <Skeleton height={12} width={80} mb={10} />
            <Skeleton height={24} width={110} />
          </div>
        ))}
      </div>
    );
  }
  // What a storage says of itself; of one that says nothing the catalogue knows only what shall be there.
  const telling = status.rses.filter(({ source }) => source === 'storage');
  const used = (telling.length > 0 ? telling : status.rses).reduce((sum, { used }) => sum + used, 0);
  const free = status.rses.reduce((sum, { free }) => sum + (free ?? 0), 0);
  const known = status.rses.some(({ free }) => free !== null);
  const files = status.rses.reduce((sum, { files }) => sum + files, 0);
  const ended = status.links.reduce(
    (sum, { last_15m }) => ({
      done: sum.done + last_15m.done,
      failed: sum.failed + last_15m.failed,
      bytes: sum.bytes + last_15m.bytes,
    }),
    { done: 0, failed: 0, bytes: 0 },
  );
  const rate = rateNow(status);
  const waiting = status.transfers.waiting.reduce((sum, { files }) => sum + files, 0);
  return (
    <dl className={classes.figures}>
      <Figure
        label="Stored"
        value={sayBytes(used)}
        exact={`${sayCount(used)} bytes`}
        note={
          known ? (
            <>
              <Meter label="Used" whole={used + free} parts={[{ tone: 'water', value: used }]} />
              {sayBytes(free)} free
            </>
          ) : (
            'free room unknown'
          )
        }
      />
      <Figure
        label="Copies (replicas)"
        value={sayCount(files)}
        note={`at ${sayMany(status.rses.length, 'storage')}`}
      />
      <Figure
        label="On the way"
        value={sayCount(status.transfers.submitted)}
        note={
          rate > 0
            ? `${sayBytes(rate)}/s over the last minute`
            : status.transfers.submitted > 0
              ? sayBytes(status.transfers.submitted_bytes)
              : 'no file is being copied'
        }
      />
      <Figure
        label="Waiting"
        value={sayCount(status.transfers.queued + waiting)}
        note={
          status.transfers.queued + waiting === 0
            ? 'no file has to wait'
            : [
                status.transfers.queued > 0 ? `${sayCount(status.transfers.queued)} for their turn` : '',
                waiting > 0 ? `${sayCount(waiting)} held up` : '',
              ]
                .filter(Boolean)
                .join(', ')
        }
      />
      <Figure
        label="Copied in 15 min"
        value={sayCount(ended.done)}
        note={`${ended.done > 0 ? `${sayBytes(ended.bytes)}; ` : ''}${ended.failed === 0 ? 'none failed' : `${sayCount(ended.failed)} failed (${sayShare(ended.failed, ended.done + ended.failed)})`}`}
      />
    </dl>
  );
};
