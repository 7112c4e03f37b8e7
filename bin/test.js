// npm test: type-check, lint, dead code, then every *.test.ts of the packages in one process on the Node brought along.
// Arguments are paths or globs of test files; with them only those run, and the checks are left out.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const brought = join(root, 'node_modules', '.bin', 'node');
const node = existsSync(brought) ? brought : process.execPath;
// A test that never ends must not hold whoever waits for the outcome.
const LONGEST_MS = 10 * 60_000;
const run = (command, args) =>
  spawnSync(command, args, { cwd: root, stdio: 'inherit', timeout: LONGEST_MS }).status ?? 1;
const chosen = process.argv.slice(2);

if (chosen.length === 0) {
  const check = run('npm', ['run', '--silent', 'check']);
  if (check !== 0) process.exit(check);
}
process.exit(
  run(node, [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-isolation=none',
    '--test-timeout=120000',
    ...(chosen.length
      ? chosen
      : ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'test/**/*.test.ts']),
  ]),
);
