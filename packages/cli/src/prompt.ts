import { CommandError } from './exit-codes.ts';

/**
 * Asks for a line on the terminal, without showing it when it is secret.
 * @throws CommandError when there is no terminal to ask on.
 */
export const ask = async (
  question: string,
  options: { secret?: boolean; instead: string },
): Promise<string> => {
  if (!process.stdin.isTTY)
    throw new CommandError('usage', `There is no terminal to ask on: ${options.instead}.`);
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('SIGINT', () => reject(new CommandError('failed', 'Stopped.')));
      lines.question(question, resolve);
      if (options.secret) {
        // What is typed is not echoed; the question stands already.
        (lines as unknown as { _writeToOutput(text: string): void })._writeToOutput = () => undefined;
      }
    });
  } finally {
    lines.close();
    if (options.secret) process.stderr.write('\n');
  }
};
