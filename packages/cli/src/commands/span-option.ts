import { CommandError } from '../exit-codes.ts';
import { readSpan } from '../terminal/units.ts';

/** Seconds of an option like `--lifetime 30d`; undefined when it was not given. */
export const spanOption = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const seconds = readSpan(text);
  if (seconds === undefined) {
    throw new CommandError('usage', `${name} must be a span like 90s, 15min, 2h, 30d, 4w, not "${text}".`);
  }
  return seconds;
};
