import type { RuleExplanation, RuleExplanationCause, RuleExplanationFile } from '@leman/contracts';
import type { Context } from '../context.ts';
import { paint, paintState } from '../terminal/paint.ts';
import { sayBytes, sayNumberOf, saySpan, sayTime } from '../terminal/units.ts';
import { sayDid } from '../words.ts';

const since = (text: string | null, now: number): string =>
  text === null ? '' : paint('dim', ` (for ${saySpan((now - Date.parse(text)) / 1000)})`);

/** A file below its cause: what the cause does not say already. */
const fileLines = (
  file: RuleExplanationFile,
  cause: RuleExplanationCause,
  indent: string,
  now: number,
): string[] => {
  const about = [
    file.source ? ` from ${file.source}` : '',
    file.rse && file.rse !== cause.destination ? ` to ${file.rse}` : '',
    file.attempts > 0 ? `, ${sayNumberOf(file.attempts, 'attempt')}` : '',
    file.since === cause.since ? '' : since(file.since, now),
  ];
  return [
    `${indent}${sayDid(file)}${about.join('')}`,
    ...(file.say && file.say !== cause.say ? [`${indent}   ${file.say}`] : []),
    ...file.last_errors.map(
      ({ at, source, error }) =>
        `${indent}   ${paint('red', sayTime(new Date(at)))}${source ? ` from ${source}` : ''}: ${error}`,
    ),
  ];
};

const causeLines = (cause: RuleExplanationCause, last: boolean, now: number): string[] => {
  const [branch, trunk] = last ? ['└─ ', '   '] : ['├─ ', '│  '];
  const amount = `${sayNumberOf(cause.files, 'file')}, ${sayBytes(cause.bytes)}${cause.destination ? `, to ${cause.destination}` : ''}`;
  return [
    `${branch}${paint('bold', cause.reason)}  ${amount}${since(cause.since, now)}`,
    `${trunk}   ${cause.say}`,
    ...cause.examples.flatMap((file) => fileLines(file, cause, `${trunk}   · `, now)),
  ];
};

const treeOf = (explanation: RuleExplanation, now: number): string[] => {
  const { progress } = explanation;
  const done = progress.bytes > 0 ? ` (${Math.floor((progress.ok.bytes / progress.bytes) * 100)}%)` : '';
  return [
    `Rule ${explanation.rule}  ${paintState(explanation.state)}`,
    `${explanation.copies} x ${explanation.scope}:${explanation.name} at ${explanation.rse_expression}`,
    '',
    paint('bold', explanation.summary),
    `${sayBytes(progress.ok.bytes)} of ${sayBytes(progress.bytes)} there${done}`,
    ...(explanation.expected_end
      ? [
          `Expected end ${sayTime(new Date(explanation.expected_end.at))} UTC, from ${explanation.expected_end.from}`,
        ]
      : []),
    '',
    ...explanation.causes.flatMap((cause, index) =>
      causeLines(cause, index === explanation.causes.length - 1, now),
    ),
  ];
};

/** Why a rule is where it is: the causes as a tree, with examples and the last errors in full. */
export const explainRule = async (
  context: Context,
  [id]: [string],
  options: { files?: boolean },
): Promise<void> => {
  const client = await context.client();
  const explanation = await client.rules.explain(id);
  const now = Date.now();
  if (context.json) await context.out.item(explanation, []);
  else for (const line of treeOf(explanation, now)) await context.out.text(line);
  if (!options.files) return;
  for (const cause of new Map(explanation.causes.map((one) => [one.reason, one])).values()) {
    await context.out.text(`\n${paint('bold', cause.reason)}`);
    for await (const file of client.rules.explainFiles(id, cause.reason)) {
      if (context.json) await context.out.item({ reason: cause.reason, ...file }, []);
      else for (const line of fileLines(file, cause, '  ', now)) await context.out.text(line);
    }
  }
};
