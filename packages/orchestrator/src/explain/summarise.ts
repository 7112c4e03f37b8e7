import type { RuleExplanation } from '@leman/contracts';

const count = (files: number): string =>
  `${files.toLocaleString('en-US')} ${files === 1 ? 'copy' : 'copies'}`;

const are = (files: number): string => (files === 1 ? 'is' : 'are');

/** The state of a rule as one sentence, from its counts and its biggest cause. */
export const summarise = ({
  state,
  progress,
  causes,
}: Pick<RuleExplanation, 'state' | 'progress' | 'causes'>): string => {
  const [first] = causes;
  const because = first
    ? ` ${first.destination === null ? '' : `${count(first.files)} at ${first.destination}: `}${first.say}`
    : '';
  const verb = are(progress.files === 1 ? 1 : progress.ok.files);
  const done = `${progress.ok.files.toLocaleString('en-US')} of ${count(progress.files)} ${verb} there`;
  switch (state) {
    case 'OK':
      return progress.files === 0
        ? 'There is nothing to copy.'
        : progress.files === 1
          ? 'The one copy is there.'
          : `All ${count(progress.files)} are there.`;
    case 'STUCK':
      return `${done}, ${count(progress.stuck.files)} ${are(progress.stuck.files)} stuck.${because}`;
    case 'REPLICATING':
      return `${done}, ${count(progress.replicating.files)} ${are(progress.replicating.files)} on the way.${because}`;
    default:
      return `${progress.files > 0 ? `${done}.` : 'Nothing has been done yet.'}${because}`;
  }
};
