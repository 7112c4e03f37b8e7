import { Tooltip } from '@mantine/core';
import { Icon, type IconName } from './icon.tsx';
import classes from './state.module.css';

export type Tone = 'ok' | 'moving' | 'waiting' | 'stuck' | 'failed' | 'unknown';

const icons: Record<Tone, IconName> = {
  ok: 'check',
  moving: 'moving',
  waiting: 'waiting',
  stuck: 'stuck',
  failed: 'failed',
  unknown: 'unknown',
};

interface Meaning {
  tone: Tone;
  /** Plain word; the field's own goes into the tooltip. */
  word: string;
}

const ruleMeanings: Record<string, Meaning> = {
  OK: { tone: 'ok', word: 'Complete' },
  REPLICATING: { tone: 'moving', word: 'Copying' },
  STUCK: { tone: 'stuck', word: 'Stuck' },
  SUSPENDED: { tone: 'waiting', word: 'Suspended' },
  WAITING_APPROVAL: { tone: 'waiting', word: 'Awaits approval' },
  INJECT: { tone: 'waiting', word: 'Being laid out' },
};
const copyMeanings: Record<string, Meaning> = {
  AVAILABLE: { tone: 'ok', word: 'Available' },
  UNAVAILABLE: { tone: 'moving', word: 'Incomplete' },
  COPYING: { tone: 'moving', word: 'Copying' },
  BEING_DELETED: { tone: 'waiting', word: 'Being deleted' },
  BAD: { tone: 'failed', word: 'Bad' },
  TEMPORARY_UNAVAILABLE: { tone: 'waiting', word: 'Away for now' },
};

export const ruleMeaning = (state: string): Meaning =>
  ruleMeanings[state] ?? { tone: 'unknown', word: state };
export const copyMeaning = (state: string): Meaning =>
  copyMeanings[state] ?? { tone: 'unknown', word: state };

/** A state: icon, word and colour, never colour alone. */
export const State = ({ tone, word, term, quiet = false }: Meaning & { term?: string; quiet?: boolean }) => {
  const badge = (
    <span className={classes.state} data-tone={tone} data-quiet={quiet || undefined}>
      <Icon name={icons[tone]} size={13} />
      {word}
    </span>
  );
  return term && term.toLowerCase() !== word.toLowerCase() ? <Tooltip label={term}>{badge}</Tooltip> : badge;
};

export const RuleState = ({ state }: { state: string }) => <State {...ruleMeaning(state)} term={state} />;
export const CopyState = ({ state }: { state: string }) => <State {...copyMeaning(state)} term={state} />;
