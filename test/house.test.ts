import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const packages = join(root, 'packages');

/** Who may import whom: the table of the house (docs/develop/architecture.md). */
const mayImport: Record<string, readonly string[]> = {
  contracts: [],
  foundation: ['contracts'],
  tokens: ['contracts', 'foundation'],
  protocols: ['contracts', 'foundation'],
  orchestrator: ['contracts', 'foundation', 'tokens', 'protocols'],
  transfer: ['contracts', 'foundation', 'tokens', 'protocols'],
  storage: ['contracts', 'foundation', 'tokens'],
  client: ['contracts'],
  cli: ['client', 'contracts', 'foundation', 'orchestrator', 'protocols', 'storage', 'tokens', 'transfer'],
  web: ['client', 'contracts'],
};

/** The rooms of the orchestrator: one imports only those above it; messages is open to all. */
const rooms = [
  'accounts',
  'config',
  'heartbeats',
  'scopes',
  'rses',
  'quotas',
  'conventions',
  'dids',
  'replicas',
  'locks',
  'rules',
  'requests',
  'conveyor',
  'expiry',
  'reaper',
  'counters',
  'recovery',
  'traces',
  'explain',
];

const filesBelow = (directory: string, ending: RegExp): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name) && !/(^|\/)(node_modules|dist)\//.test(name))
    .map((name) => join(directory, name));

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import|import\()\s*['"]([^'"]+)['"]/g)].map(
    (match) => match[1]!,
  );

test('packages import only what the table allows', () => {
  const wrong: string[] = [];
  for (const name of readdirSync(packages)) {
    assert.ok(mayImport[name], `package ${name} is not in the table`);
    for (const file of filesBelow(join(packages, name), /\.tsx?$/)) {
      const isTest = /\.test\.tsx?$|\/test\//.test(file);
      for (const imported of importsOf(file)) {
        const target = /^@leman\/([^/]+)/.exec(imported)?.[1];
        if (!target || target === name || isTest) continue;
        if (!mayImport[name]!.includes(target)) wrong.push(`${relative(root, file)} imports ${imported}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test('contracts and client use nothing of Node', () => {
  const wrong = ['contracts', 'client'].flatMap((name) =>
    filesBelow(join(packages, name, 'src'), /\.ts$/)
      .filter((file) => !file.endsWith('.test.ts'))
      .filter((file) => importsOf(file).some((imported) => imported.startsWith('node:')))
      .map((file) => relative(root, file)),
  );
  assert.deepEqual(wrong, []);
});

test('a room of the orchestrator imports only rooms above it', () => {
  const source = join(packages, 'orchestrator', 'src');
  const wrong: string[] = [];
  for (const room of readdirSync(source).filter((name) => statSync(join(source, name)).isDirectory())) {
    const own = rooms.indexOf(room);
    if (own < 0) continue;
    for (const file of filesBelow(join(source, room), /\.ts$/)) {
      if (file.endsWith('.test.ts')) continue;
      for (const imported of importsOf(file)) {
        const target = /^\.\.\/(\w+)\//.exec(imported)?.[1];
        if (target && rooms.indexOf(target) > own) wrong.push(`${relative(root, file)} imports ${imported}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test('routes hold no SQL', () => {
  const wrong = ['orchestrator', 'transfer']
    .flatMap((name) => filesBelow(join(packages, name, 'src'), /routes\.ts$/))
    .filter((file) => /\bsql(?:<[^>]*>)?`|\.unsafe\(/.test(readFileSync(file, 'utf8')))
    .map((file) => relative(root, file));
  assert.deepEqual(wrong, []);
});

test('every room and package tells what it is', () => {
  const source = join(packages, 'orchestrator', 'src');
  const places = [
    ...readdirSync(packages).map((name) => join(packages, name)),
    ...rooms.map((room) => join(source, room)),
  ];
  const silent = places.filter((place) => {
    try {
      return readFileSync(join(place, 'README.md'), 'utf8').length < 200;
    } catch {
      return true;
    }
  });
  assert.deepEqual(
    silent.map((place) => relative(root, place)),
    [],
  );
});

interface Lock {
  packages: Record<
    string,
    {
      version?: string;
      optionalDependencies?: Record<string, string>;
      hasInstallScript?: boolean;
      dev?: boolean;
      optional?: boolean;
    }
  >;
}

test('the lockfile has an entry for every optional platform package', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const missing: string[] = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const found =
        lock.packages[`node_modules/${name}`] ??
        lock.packages[`${path ? `${path}/` : ''}node_modules/${name}`];
      if (!found) missing.push(`${name} (of ${path || 'the root'})`);
    }
  }
  assert.deepEqual(missing, []);
});

test('nothing needs an install script', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const root_ = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    allowScripts: Record<string, boolean>;
  };
  const scripted = Object.entries(lock.packages)
    .filter(([, entry]) => entry.hasInstallScript)
    .map(([path]) => path.replace(/^.*node_modules\//, ''))
    // Listed in allowScripts as false: never run, and not needed (their links are made by the database supervisor).
    .filter((name) => root_.allowScripts[name] !== false && name !== 'fsevents');
  assert.deepEqual(scripted, []);
});
