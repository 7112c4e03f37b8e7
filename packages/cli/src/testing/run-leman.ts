import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../../bin/leman.js', import.meta.url));

export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `leman` to its end, in an environment without a lake or login of its own. */
export const leman = (words: readonly string[], environment: Record<string, string> = {}): Promise<Result> =>
  new Promise((resolve) => {
    const { LEMAN_HOME: _, ...inherited } = process.env;
    execFile(
      process.execPath,
      [program, ...words],
      // Not where somebody may have a lake of their own.
      {
        cwd: '/',
        env: { ...inherited, NO_COLOR: '1', ...environment },
        maxBuffer: 16 << 20,
        timeout: 60_000,
      },
      (error, stdout, stderr) =>
        resolve({ code: error ? (typeof error.code === 'number' ? error.code : -1) : 0, stdout, stderr }),
    );
  });

/** Output of `--json`: one document per line. */
export const documents = <T>(text: string): T[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

export interface Ready {
  url: string;
  transfer: string;
  storages: { rse: string; url: string }[];
  credentials: string;
  rucio_config: string;
  ca: string;
  home: string;
  pid: number;
  notes: string[];
}

export interface Up {
  ready: Ready;
  child: ChildProcess;
  /** Sends a signal and waits for the end; resolves with exit code or signal. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** Starts `leman up` (or `serve`) in a process of its own and waits for its line of JSON. */
export const startUp = async (home: string, words: readonly string[] = ['up']): Promise<Up> => {
  const child = spawn(process.execPath, [program, ...words, '--home', home, '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LEMAN_HOME: '' },
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-10_000);
  });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal)),
  );
  const ready = await new Promise<Ready>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line) as Ready));
    void ended.then((how) => reject(new Error(`leman ${words.join(' ')} ended (${how}): ${errors}`)));
  });
  return {
    ready,
    child,
    end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return ended;
    },
  };
};
