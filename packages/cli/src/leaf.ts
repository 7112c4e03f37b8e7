import { type Command, InvalidArgumentError } from 'commander';
import type { Context } from './context.ts';

/** What a command does: gets its words and options as commander read them. */
export type Action<W extends unknown[] = string[], O = Record<string, unknown>> = (
  context: Context,
  words: W,
  options: O,
) => Promise<void>;

/** What every command takes, before or after its name. */
export const commonOptions = {
  home: ['--home <dir>', 'the home of a lake on this machine'],
  json: ['--json', 'one JSON document per line, for programs'],
} as const;

/**
 * Adds a command with the options that all have. `load` brings its action when it is run, so that the start of
 * `leman` stays quick however many commands there are.
 */
export const leaf = (
  parent: Command,
  usage: string,
  description: string,
  // biome-ignore lint/suspicious/noExplicitAny: each action states the words and options its own command declares
  load: () => Promise<Action<any, any>>,
): Command =>
  parent
    .command(usage)
    .description(description)
    .option(...commonOptions.home)
    .option(...commonOptions.json)
    .action(async (...all: unknown[]) => {
      const command = all.at(-1) as Command;
      const { createContext } = await import('./context.ts');
      const options = { ...command.optsWithGlobals(), ...command.opts() };
      await (await load())(createContext(options), command.processedArgs, options);
    });

/** A command of commands: `leman rule ...`. */
export const group = (parent: Command, name: string, description: string): Command =>
  parent.command(name).description(description);

/** A whole number of an option. */
export const wholeNumber =
  (what: string, least = 0) =>
  (text: string): number => {
    if (!/^\d+$/.test(text) || Number(text) < least) {
      throw new InvalidArgumentError(`${what} must be a whole number of ${least} or more, not "${text}".`);
    }
    return Number(text);
  };
