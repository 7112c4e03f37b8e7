import {
  paceOf,
  type RuleExplanation,
  type RuleExplanationCause,
  type RuleExplanationFile,
  reasons,
} from '@leman/contracts';
import { Skeleton } from '@mantine/core';
import { DidLink } from '../data/did-link.tsx';
import { Empty } from '../parts/empty.tsx';
import { Bytes, When } from '../parts/figures.tsx';
import { sayMany } from '../parts/format.ts';
import { Panel } from '../parts/panel.tsx';
import { State, type Tone } from '../parts/state.tsx';
import classes from './rules.module.css';

const tones = { moving: 'moving', calm: 'waiting', 'held up': 'stuck' } as const;
const toneOf = (reason: string): Tone => tones[paceOf(reason)];

const willRetry = (reason: string): boolean =>
  Object.hasOwn(reasons, reason) && reasons[reason as keyof typeof reasons].retry;

interface SameError {
  error: string;
  source: string | null;
  times: string[];
}

/** The same error of the same source once, with all its times. */
const gather = (errors: RuleExplanationFile['last_errors']): SameError[] => {
  const found: SameError[] = [];
  for (const { at, source, error } of errors) {
    const same = found.find((other) => other.error === error && other.source === source);
    if (same) same.times.push(at);
    else found.push({ error, source, times: [at] });
  }
  return found;
};

const FileCause = ({ file }: { file: RuleExplanationFile }) => (
  <li>
    <div className={classes.file}>
      <DidLink did={file} />
      <small>
        {file.source ? `${file.source} → ` : ''}
        {file.rse ?? ''}
        {file.attempts > 0 ? `, ${sayMany(file.attempts, 'attempt')}` : ''}
        {file.since ? (
          <>
            {' '}
            since <When at={file.since} />
          </>
        ) : null}
      </small>
    </div>
    {file.last_errors.length > 0 ? (
      <ol className={classes.errors}>
        {gather(file.last_errors).map(({ error, source, times }) => (
          <li key={`${source} ${error}`}>
            {source ? `from ${source} at ` : ''}
            {times.map((at, index) => (
              <span key={at}>
                {index > 0 ? ', ' : ''}
                <When at={at} />
              </span>
            ))}
            <code>{error}</code>
          </li>
        ))}
      </ol>
    ) : null}
  </li>
);

const Cause = ({ cause, first }: { cause: RuleExplanationCause; first: boolean }) => (
  <li>
    <details className={classes.cause} open={first}>
      <summary>
        <span className={classes.why}>
          <State
            tone={toneOf(cause.reason)}
            word={cause.files > 0 ? sayMany(cause.files, 'copy', 'copies') : 'The whole rule'}
            term={cause.reason}
          />
          <span>{cause.say}</span>
        </span>
        <small>
          {cause.files > 0 ? (
            <>
              <Bytes value={cause.bytes} />{' '}
            </>
          ) : null}
          {cause.destination ? <>for {cause.destination} </> : null}
          {cause.since ? (
            <>
              since <When at={cause.since} />
            </>
          ) : null}
          {paceOf(cause.reason) !== 'held up'
            ? ''
            : willRetry(cause.reason)
              ? '; is tried again by itself'
              : '; needs somebody'}
        </small>
      </summary>
      {cause.examples.length > 0 ? (
        <ul>
          {cause.examples.map((file) => (
            <FileCause key={`${file.scope}:${file.name} ${file.rse}`} file={file} />
          ))}
          {cause.files > cause.examples.length ? (
            <li className={classes.rest}>
              and {sayMany(cause.files - cause.examples.length, 'more copy', 'more copies')} for the same
              reason
            </li>
          ) : null}
        </ul>
      ) : null}
    </details>
  </li>
);

/** The tree of causes: what is not there yet, why, since when, and what was tried. */
export const Causes = ({ explanation }: { explanation: RuleExplanation | undefined }) => {
  const held = explanation?.causes.findIndex(({ reason }) => paceOf(reason) === 'held up') ?? 0;
  const opened = Math.max(0, held);
  return (
    <Panel
      title={explanation?.state === 'OK' ? 'What is missing' : 'Why it is not complete'}
      note={explanation && explanation.causes.length > 0 ? 'the biggest cause first' : undefined}
      flush
    >
      {!explanation ? (
        <div className={classes.wait}>
          <Skeleton height={64} />
        </div>
      ) : explanation.causes.length === 0 ? (
        <Empty title={explanation.state === 'OK' ? 'Everything is in place' : 'No cause is known'}>
          {explanation.state === 'OK'
            ? 'All the copies that this rule wants are there. The rule keeps them from being deleted.'
            : 'Nothing has been decided about the missing copies yet; that takes a moment after a rule is made.'}
        </Empty>
      ) : (
        <ul className={classes.causes}>
          {explanation.causes.map((cause, index) => (
            <Cause
              key={`${cause.reason} ${cause.destination} ${cause.say}`}
              cause={cause}
              first={index === opened}
            />
          ))}
        </ul>
      )}
    </Panel>
  );
};
