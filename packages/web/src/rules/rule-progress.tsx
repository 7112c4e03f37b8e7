import type { Rule } from '@leman/client';
import type { RuleExplanation, RuleExplanationCount } from '@leman/contracts';
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

const flowing = new Set(['TRANSFERRING', 'SUBMITTED', 'QUEUED']);

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
  const flows = causes.some(({ reason }) => flowing.has(reason));
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
          parts={(['ok', 'replicating', 'stuck'] as const).map((state) => ({
            tone: ({ ok: 'ok', replicating: 'moving', stuck: 'stuck' } as const)[state],
            value: progress.bytes > 0 ? progress[state].bytes : progress[state].files,
          }))}
        />
      </div>
      <div className={classes.counts}>
        <Count tone="ok" word="In place" count={progress.ok} />
        <Count
          tone={flows ? 'moving' : 'waiting'}
          word={flows ? 'Being copied' : 'Not there yet'}
          count={progress.replicating}
        />
        <Count tone="stuck" word="Stuck" count={progress.stuck} />
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
