import type { Rule } from '@leman/client';
import { paceOf, type RuleExplanation, type RuleExplanationCount } from '@leman/contracts';
import { Skeleton } from '@mantine/core';
import { Bytes, When } from '../parts/figures.tsx';
import { sayBytes, sayCount, sayDuration, sayMany, sayShare } from '../parts/format.ts';
import { Meter } from '../parts/meter.tsx';
import { Panel } from '../parts/panel.tsx';
import { State, type Tone } from '../parts/state.tsx';
import classes from './rules.module.css';

const Count = ({ tone, word, count }: { tone: Tone; word: string; count: RuleExplanationCount }) => (
  <div className={classes.count}>
    <State quiet tone={tone} word={word} />
    <strong>{sayCount(count.files)}</strong>
    <small>
      {count.files === 1 ? 'copy' : 'copies'}, <Bytes value={count.bytes} />
    </small>
  </div>
);

const none: RuleExplanationCount = { files: 0, bytes: 0 };
const add = (one: RuleExplanationCount, other: RuleExplanationCount): RuleExplanationCount => ({
  files: one.files + other.files,
  bytes: one.bytes + other.bytes,
});
const without = (one: RuleExplanationCount, other: RuleExplanationCount): RuleExplanationCount => ({
  files: Math.max(0, one.files - other.files),
  bytes: Math.max(0, one.bytes - other.bytes),
});

/** What is missing, by its causes: what comes, what waits its turn, and what something keeps. */
export const splitMissing = ({
  progress,
  causes,
}: Pick<RuleExplanation, 'progress' | 'causes'>): Record<
  'moving' | 'calm' | 'held up',
  RuleExplanationCount
> => {
  const split = { moving: none, calm: none, 'held up': none };
  for (const cause of causes) split[paceOf(cause.reason)] = add(split[paceOf(cause.reason)], cause);
  const rest = without(
    progress.replicating,
    add(split.moving, add(split.calm, without(split['held up'], progress.stuck))),
  );
  return { ...split, calm: add(split.calm, rest) };
};

/** How far a rule is, by bytes and by copies, and when it will be done. */
export const RuleProgress = ({
  explanation,
  rule,
}: {
  explanation: RuleExplanation | undefined;
  rule: Rule | undefined;
}) => {
  if (!explanation) return rule ? null : <Skeleton height={150} radius="md" />;
  const { progress, causes, expected_end: end } = explanation;
  const share =
    progress.bytes > 0
      ? sayShare(progress.ok.bytes, progress.bytes)
      : sayShare(progress.ok.files, progress.files);
  // An expected end would be a lie when what is missing waits for somebody or fails again and again.
  const missing = splitMissing(explanation);
  const flows = missing.moving.files > 0 || causes.some(({ reason }) => reason === 'QUEUED');
  const left = end ? new Date(end.at).getTime() - Date.now() : 0;
  return (
    <Panel
      title="Progress"
      note={`${sayBytes(progress.ok.bytes)} of ${sayBytes(progress.bytes)}, ${sayCount(progress.ok.files)} of ${sayMany(progress.files, 'copy', 'copies')}`}
    >
      <div className={classes.big}>
        <strong>{share}</strong>
        <Meter
          label="Copied, by bytes"
          whole={progress.bytes || progress.files}
          parts={(
            [
              ['ok', progress.ok],
              ['moving', missing.moving],
              ['waiting', missing.calm],
              ['stuck', missing['held up']],
            ] as const
          ).map(([tone, { bytes, files }]) => ({ tone, value: progress.bytes > 0 ? bytes : files }))}
        />
      </div>
      <div className={classes.counts}>
        <Count tone="ok" word="In place" count={progress.ok} />
        {missing.moving.files > 0 ? <Count tone="moving" word="On the way" count={missing.moving} /> : null}
        {missing.calm.files > 0 ? <Count tone="waiting" word="Waiting" count={missing.calm} /> : null}
        {missing['held up'].files > 0 ? (
          <Count tone="stuck" word="Held up" count={missing['held up']} />
        ) : null}
        {end && flows ? (
          <div className={classes.count}>
            <State quiet tone="waiting" word="Expected end" />
            <strong>{left > 0 ? `in ${sayDuration(left)}` : 'any moment'}</strong>
            <small>
              <When at={end.at} />; {end.from}
            </small>
          </div>
        ) : null}
      </div>
    </Panel>
  );
};
