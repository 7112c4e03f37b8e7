import type { Command } from 'commander';
import { leaf, wholeNumber } from './leaf.ts';

/** Commands that start, stop, reach and watch a lake. */
export const addLakeCommands = (program: Command): void => {
  leaf(
    program,
    'up',
    'start a whole lake on this machine and stay until Ctrl-C',
    async () => (await import('./commands/up.ts')).up,
  )
    .option('--port <n>', 'first port (0: free ports, kept in the home)', wholeNumber('--port'))
    .option('--host <address>', 'address to listen on (default: loopback only)')
    .option('--empty', 'without sample accounts and datasets')
    .option('--log-level <level>', 'what HOME/leman.log gets: trace, debug, info, warn, error');
  leaf(
    program,
    'serve',
    'run some roles of a lake in this process',
    async () => (await import('./commands/serve.ts')).serve,
  )
    .requiredOption(
      '--roles <list>',
      'database, api, daemons, transfer, storage, storage:RSE; separated by commas',
    )
    .option('--port <n>', 'first port of the lake', wholeNumber('--port'))
    .option('--host <address>', 'address to listen on')
    .option('--log-level <level>', 'what standard error gets');
  leaf(program, 'login [url]', 'log in at a lake', async () => (await import('./commands/login.ts')).login)
    .option('--username <name>', 'user name')
    .option('--account <account>', 'account, when the user has several')
    .option('--ca <file>', 'PEM of the authority that signed the certificates of its storages');
  leaf(
    program,
    'logout',
    'end the login, here and at the lake',
    async () => (await import('./commands/login.ts')).logout,
  );
  leaf(
    program,
    'whoami',
    'show the lake and the account that commands use',
    async () => (await import('./commands/whoami.ts')).whoami,
  );
  leaf(
    program,
    'status',
    'the lake at a glance: storages, transfers, daemons',
    async () => (await import('./commands/status.ts')).status,
  );
  leaf(
    program,
    'doctor',
    'check everything a lake needs, and say what to do',
    async () => (await import('./commands/doctor.ts')).doctor,
  );
  leaf(
    program,
    'events',
    'what happens in the lake',
    async () => (await import('./commands/events.ts')).events,
  )
    .option('--follow', 'stay and show what comes')
    .option('--after <id>', 'events after this number')
    .option('--types <list>', 'only these, e.g. transfer-done,rule-ok');
  leaf(
    program,
    'config',
    'the settings in force',
    async () => (await import('./commands/config.ts')).showConfig,
  ).option('--markdown', 'the reference page of all settings');
  program
    .command('completion <shell>')
    .description('print the completion script for bash, zsh or fish')
    .action(async (shell: string) => {
      const { completion } = await import('./commands/completion.ts');
      process.stdout.write(completion(program, shell));
    });
};
