import { paceOf, type RuleExplanation } from '@leman/contracts';

const count = (files: number): string =>
  `${files.toLocaleString('en-US')} ${files === 1 ? 'copy' : 'copies'}`;

const are = (files: number): string => (files === 1 ? 'is' : 'are');

/** The state of a rule as one sentence, from its counts and the biggest cause that keeps some of it. */
export const summarise = ({
  state,
  progress,
  causes,
}: Pick<RuleExplanation, 'state' | 'progress' | 'causes'>): string => {
  // What is worth saying first is what keeps a copy; of what moves the count says enough.
  const first =
    causes.find(({ reason }) => paceOf(reason) === 'held up') ??
    causes.find(({ reason }) => paceOf(reason) === 'calm');
  const because = first
    ? ` ${first.destination === null ? '' : `${count(first.files)} at ${first.destination}: `}${first.say.replace(/\.?$/, '.')}`
    : '';
  const held = Math.min(
    progress.replicating.files,
    causes.reduce((sum, { reason, files }) => sum + (paceOf(reason) === 'held up' ? files : 0), 0),
  );
  const coming = progress.replicating.files - held;
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
      return `${[
        done,
        coming > 0 || held === 0 ? `${count(coming)} ${are(coming)} on the way` : '',
        held > 0 ? `${count(held)} ${are(held)} held up` : '',
      ]
        .filter(Boolean)
        .join(', ')}.${because}`;
    default:
      return `${progress.files > 0 ? `${done}.` : 'Nothing has been done yet.'}${because}`;
  }
};
