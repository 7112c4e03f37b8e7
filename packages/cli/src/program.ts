import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { commonOptions } from './leaf.ts';
import { addDataCommands } from './program-data.ts';
import { addLakeCommands } from './program-lake.ts';
import { addPolicyCommands } from './program-policy.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const EXIT_CODES = `
Exit codes: 0 done, 1 refused or failed, 2 wrong words or configuration, 3 not found, 4 not logged in or not allowed,
5 the lake does not answer, 6 done in part, 7 runs already. LEMAN_DEBUG=1 shows where an error comes from.`;

/** The whole `leman` command. What a command does is loaded when it runs. */
export const createProgram = (): Command => {
  const program = new Command('leman')
    .description(
      'A scientific data lake in one program: catalogue, rules, transfers, storage, and the reasons why.',
    )
    .version(version)
    .option(...commonOptions.home)
    .option(...commonOptions.json)
    // What stands after a command is the command's own.
    .enablePositionalOptions()
    .showHelpAfterError('("leman --help" tells more)')
    .exitOverride()
    .configureHelp({ sortSubcommands: false })
    .addHelpText('after', EXIT_CODES);
  addLakeCommands(program);
  addDataCommands(program);
  addPolicyCommands(program);
  return program;
};
