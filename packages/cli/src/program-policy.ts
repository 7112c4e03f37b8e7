import type { Command } from 'commander';
import { group, leaf, wholeNumber } from './leaf.ts';

/** Commands for rules, storages, accounts, scopes and transfers. */
export const addPolicyCommands = (program: Command): void => {
  const rule = group(program, 'rule', 'rules: which copies there have to be');
  leaf(rule, 'add <did...>', 'ask for copies', async () => (await import('./commands/rule.ts')).addRule)
    .requiredOption('--rse <expression>', 'where: an RSE, or an RSE expression like "site=ALPHA|QOS=FAST"')
    .option('--copies <n>', 'how many', wholeNumber('--copies', 1), 1)
    .option('--lifetime <span>', 'for how long, e.g. 30d')
    .option('--grouping <grouping>', 'ALL, DATASET or NONE', 'DATASET')
    .option('--account <account>', 'for another account')
    .option('--activity <activity>', 'activity of its transfers')
    .option('--comment <text>', 'what it is for')
    .option('--source <expression>', 'read only from these storages')
    .option('--wait', 'stay until it is OK');
  leaf(
    rule,
    'list [did]',
    'rules, of a name or all',
    async () => (await import('./commands/rule-list.ts')).listRules,
  )
    .option('--account <account>', 'of this account')
    .option('--state <state>', 'OK, REPLICATING, STUCK, ...');
  leaf(rule, 'show <rule>', 'one rule', async () => (await import('./commands/rule-list.ts')).showRule);
  leaf(
    rule,
    'explain <rule>',
    'why it is where it is, and what it waits for',
    async () => (await import('./commands/rule-explain.ts')).explainRule,
  ).option('--files', 'every file, not only examples');
  leaf(
    rule,
    'rm <rule...>',
    'remove rules',
    async () => (await import('./commands/rule.ts')).removeRules,
  ).option('--purge', 'delete the copies as soon as possible');
  leaf(
    rule,
    'approve <rule...>',
    'let rules that wait for approval go on',
    async () => (await import('./commands/rule-set.ts')).approveRules,
  ).option('--comment <text>', 'told with the decision');
  leaf(
    rule,
    'deny <rule...>',
    'end rules that wait for approval',
    async () => (await import('./commands/rule-set.ts')).denyRules,
  ).option('--comment <text>', 'told with the decision');
  leaf(rule, 'set <rule>', 'change a rule', async () => (await import('./commands/rule-set.ts')).setRule)
    .option('--lifetime <span>', 'ends after, from now, e.g. 30d; "none": never')
    .option('--comment <text>', 'what it is for')
    .option('--priority <n>', 'of its transfers: 3 is usual, higher goes first', wholeNumber('--priority'))
    .option('--suspend', 'do nothing for it until it is resumed')
    .option('--resume', 'go on after --suspend')
    .option('--boost', 'try what is stuck or waits again at once');

  const rse = group(program, 'rse', 'storages');
  leaf(
    rse,
    'list [expression]',
    'all, or those of an RSE expression',
    async () => (await import('./commands/rse.ts')).listRses,
  );
  leaf(
    rse,
    'show <rse>',
    'one storage: protocols, attributes, space',
    async () => (await import('./commands/rse.ts')).showRse,
  );
  leaf(rse, 'add <rse>', 'make one known', async () => (await import('./commands/rse.ts')).addRse).option(
    '--tape',
    'on tape',
  );
  leaf(
    rse,
    'set <rse> <key=value...>',
    'set attributes',
    async () => (await import('./commands/rse.ts')).setAttributes,
  );
  leaf(
    rse,
    'unset <rse> <key...>',
    'remove attributes',
    async () => (await import('./commands/rse.ts')).unsetAttributes,
  );
  leaf(
    rse,
    'open <rse> <operation...>',
    'allow read, write, delete',
    async () => (await import('./commands/rse.ts')).openRse,
  );
  leaf(
    rse,
    'close <rse> <operation...>',
    'stop read, write, delete',
    async () => (await import('./commands/rse.ts')).closeRse,
  );
  leaf(
    rse,
    'rm <rse>',
    'forget one that holds no copies',
    async () => (await import('./commands/rse.ts')).removeRse,
  );
  leaf(
    rse,
    'connect <rse> <url>',
    'let an existing web storage join the lake, and try it',
    async () => (await import('./commands/rse-connect.ts')).connectRse,
  )
    .option('--site <site>', 'where it stands')
    .option('--qos <class>', 'its QoS class')
    .option('--scheme <scheme>', 'davs or https (default: as in the URL)')
    .option('--no-check', 'open it without trying it')
    .option('--anonymous', 'it is meant to be open to everybody');
  leaf(
    rse,
    'protocol <rse> [action] [url]',
    'its addresses: list, add URL, rm URL',
    async () => (await import('./commands/rse-protocol.ts')).protocols,
  ).option('--scheme <scheme>', 'davs or https (default: as in the URL)');
  leaf(
    rse,
    'distance <rse> <other> [number]',
    'how far apart two are; with a number: set it both ways',
    async () => (await import('./commands/rse-protocol.ts')).distance,
  );

  const account = group(program, 'account', 'accounts');
  leaf(account, 'list', 'all', async () => (await import('./commands/account.ts')).listAccounts);
  leaf(
    account,
    'show [account]',
    'one: limits and usage',
    async () => (await import('./commands/account.ts')).showAccount,
  );
  leaf(account, 'add <account>', 'make one', async () => (await import('./commands/account.ts')).addAccount)
    .option('--type <type>', 'USER, GROUP or SERVICE', 'USER')
    .option('--email <email>', 'mail address');
  leaf(
    account,
    'password <account>',
    'give it a user name and password (asked for, or LEMAN_PASSWORD)',
    async () => (await import('./commands/account.ts')).setPassword,
  ).option('--username <name>', 'user name (default: the account)');
  leaf(
    account,
    'limit <account> <rse> <bytes>',
    'how much it may keep at a storage, e.g. 5TB or unlimited',
    async () => (await import('./commands/account.ts')).setLimit,
  );

  const scope = group(program, 'scope', 'scopes: the namespaces of names');
  leaf(scope, 'list', 'all, with their owners', async () => (await import('./commands/scope.ts')).listScopes);
  leaf(scope, 'add <scope>', 'make one', async () => (await import('./commands/scope.ts')).addScope).option(
    '--account <account>',
    'owner (default: your account)',
  );

  leaf(
    program,
    'transfers',
    'what is waiting and moving',
    async () => (await import('./commands/transfers.ts')).transfers,
  )
    .option('--from <rse>', 'source; with --to: file by file')
    .option('--to <rse>', 'destination');
};
