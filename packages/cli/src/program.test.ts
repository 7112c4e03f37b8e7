import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { completion } from './commands/completion.ts';
import { explainFailure } from './exit-codes.ts';
import { leaf } from './leaf.ts';
import { createProgram } from './program.ts';
import { readDid, readPairs } from './words.ts';

const shellAnswers = (script: string): string =>
  spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout;

test('every command explains itself and knows --json and --home', () => {
  const program = createProgram();
  const leaves = program.commands.flatMap((one) => (one.commands.length > 0 ? one.commands : [one]));
  assert.ok(leaves.length > 40);
  for (const one of leaves) {
    assert.notEqual(one.description(), '', one.name());
    if (one.name() === 'completion') continue;
    const flags = one.options.map(({ long }) => long);
    assert.ok(flags.includes('--json') && flags.includes('--home'), one.name());
  }
});

test('--home and --json may stand before the command as well as after it', async () => {
  for (const words of [
    ['--home', 'there', '--json', 'probe'],
    ['probe', '--json', '--home', 'there'],
    ['--home=elsewhere', 'probe', '--json', '--home', 'there'],
  ]) {
    const program = createProgram();
    let found: unknown;
    leaf(program, 'probe', 'a test', async () => async ({ home, json }, _words, options) => {
      found = { home, json, option: options.home };
    });
    await program.parseAsync(words, { from: 'user' });
    assert.deepEqual(found, { home: 'there', json: true, option: 'there' }, words.join(' '));
  }
});

test('bash completes commands, commands of commands, and options', () => {
  const script = completion(createProgram(), 'bash');
  const complete = (...words: string[]) =>
    shellAnswers(
      `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _leman; echo "\${COMPREPLY[*]}"`,
    ).trim();
  assert.equal(complete('leman', 'rul'), 'rule');
  assert.equal(complete('leman', 'rule', 'ex'), 'explain');
  assert.equal(complete('leman', 'rule', 'add', 'sky:survey', '--gr'), '--grouping');
  assert.equal(complete('leman', 'up', '--em'), '--empty');
});

test('the scripts for zsh and fish hold every command', () => {
  for (const shell of ['zsh', 'fish']) {
    const script = completion(createProgram(), shell);
    for (const word of ['upload', 'explain', 'doctor', 'limit'])
      assert.match(script, new RegExp(`\\b${word}\\b`));
  }
  assert.throws(() => completion(createProgram(), 'tcsh'), /There is for bash, zsh and fish/);
});

test('names and pairs of the command line', () => {
  assert.deepEqual(readDid('sky:a/b:c'), { scope: 'sky', name: 'a/b:c' });
  for (const wrong of ['sky', ':a', 'sky:', '']) assert.throws(() => readDid(wrong), /Write SCOPE:NAME/);
  assert.deepEqual(readPairs(['a=1', 'b=true', 'c=x=y', 'd=', 'e=007']), {
    a: 1,
    b: true,
    c: 'x=y',
    d: '',
    e: '007',
  });
  assert.throws(() => readPairs(['=1']), /KEY=VALUE/);
});

test('a lake that does not answer is said so, whatever the error looks like', () => {
  assert.equal(explainFailure(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })).code, 5);
  assert.equal(explainFailure(new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } })).code, 5);
  assert.equal(explainFailure('odd').message, 'odd');
});

test('a port that is taken is said in words', () => {
  const error = Object.assign(new Error('listen EADDRINUSE: address already in use 127.0.0.1:4870'), {
    code: 'EADDRINUSE',
    address: '127.0.0.1',
    port: 4870,
  });
  assert.match(explainFailure(error).message, /^Port 4870 of 127\.0\.0\.1 is taken by another program\. /);
});
