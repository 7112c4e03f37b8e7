import { setMaxListeners } from 'node:events';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { paint } from '../terminal/paint.ts';

/** What one check found. */
export interface Finding {
  check: string;
  state: 'ok' | 'warning' | 'failed';
  /** What is so. */
  say: string;
  /** What to do, when something is to be done. */
  todo?: string;
}

const marks = { ok: paint('green', '✓'), warning: paint('yellow', '!'), failed: paint('red', '✗') };

/** Checks everything a lake needs, one line each, with what to do. Ends with 1 when a check failed. */
export const doctor = async (context: Context): Promise<void> => {
  setMaxListeners(50);
  const { findings } = await import('../checks/findings.ts');
  let [failed, warnings] = [0, 0];
  for await (const finding of findings(context)) {
    if (finding.state === 'failed') failed++;
    if (finding.state === 'warning') warnings++;
    if (context.json) await context.out.item(finding, []);
    else {
      await context.out.text(`${marks[finding.state]} ${finding.check.padEnd(22)} ${finding.say}`);
      if (finding.todo) await context.out.text(`${' '.repeat(25)}${paint('bold', finding.todo)}`);
    }
  }
  if (failed > 0)
    throw new CommandError('failed', `${failed} of the checks failed; what to do stands with each.`);
  await context.out.text(warnings > 0 ? `\nWorks, with ${warnings} warnings.` : '\nEverything is well.');
};
