#!/usr/bin/env node
// Launcher. Plain JavaScript, so that any Node can read it: it finds a Node that runs TypeScript as it is
// (22.18 or newer) and hands over. The one brought along by npm is preferred to a too old one on the machine.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const main = join(root, 'packages', 'cli', 'src', 'main.ts');
const [major, minor] = process.versions.node.split('.').map(Number);
const runsTypeScript = major > 22 || (major === 22 && minor >= 18);
const words = process.argv.slice(2);

// Services keep their heap small: the young generation of 8 MB costs no speed that can be measured, and half the
// memory of an idle lake.
const isService = words[0] === 'up' || words[0] === 'serve';
const flags = [
  '--disable-warning=ExperimentalWarning',
  ...(isService ? ['--max-semi-space-size=8', '--max-old-space-size=1024'] : []),
];
const isTuned = !isService || process.execArgv.some((flag) => flag.startsWith('--max-semi-space-size'));

if (runsTypeScript && !isTuned && process.execve && process.platform !== 'win32') {
  // The same process goes on as the tuned one: same number, same parent, nothing in between.
  process.execve(
    process.execPath,
    [process.execPath, ...process.execArgv, ...flags, fileURLToPath(import.meta.url), ...words],
    process.env,
  );
}
if (runsTypeScript) {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  await import(main);
} else {
  const node = join(root, 'node_modules', '.bin', 'node');
  if (!existsSync(node)) {
    process.stderr.write(
      `leman needs Node 22.18 or newer; this is ${process.version}, and the one npm brings along is missing. Run "npm ci" without --omit=optional, or install a newer Node.\n`,
    );
    process.exit(1);
  }
  const child = spawn(node, [...flags, fileURLToPath(import.meta.url), ...words], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal) process.kill(process.pid, signal);
    else process.exit(code ?? 1);
  });
}
