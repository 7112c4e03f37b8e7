import { CommanderError } from 'commander';
import { exitCodes, explainFailure } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { paint } from './terminal/paint.ts';

// A reader that goes away (`leman ls | head`) ends the command quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok);
  throw error;
});

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said it already: help and version are no failure.
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  } else {
    const { code, message } = explainFailure(error);
    if (process.argv.includes('--json'))
      process.stderr.write(`${JSON.stringify({ error: message, code })}\n`);
    else process.stderr.write(`${paint('red', 'leman:', process.stderr)} ${message}\n`);
    if (process.env.LEMAN_DEBUG) process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exitCode = code;
  }
}
// Everything is closed by now; whatever was forgotten must not keep a terminal waiting.
setTimeout(() => process.exit(), 3000).unref();
