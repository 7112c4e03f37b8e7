import type { DidName } from '@leman/client';
import { CommandError } from './exit-codes.ts';

/** A word `scope:name`. */
export const readDid = (word: string): DidName => {
  const at = word.indexOf(':');
  if (at < 1 || at === word.length - 1) {
    throw new CommandError(
      'usage',
      `"${word}" is no name of the catalogue. Write SCOPE:NAME, e.g. sky:survey.`,
    );
  }
  return { scope: word.slice(0, at), name: word.slice(at + 1) };
};

export const sayDid = ({ scope, name }: DidName): string => `${scope}:${name}`;

/** Words `key=value`; true, false and numbers become what they are. */
export const readPairs = (words: readonly string[]): Record<string, string | number | boolean> =>
  Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      if (at < 1) throw new CommandError('usage', `"${word}" must be written KEY=VALUE.`);
      return [word.slice(0, at), readValue(word.slice(at + 1))];
    }),
  );

/** `true`, `false` and numbers as such, everything else as text. */
export const readValue = (text: string): string | number | boolean => {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(text) ? Number(text) : text;
};
