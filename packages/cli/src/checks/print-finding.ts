import type { Context } from '../context.ts';
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

/** One finding: a line with what to do below it, or a document for programs. */
export const printFinding = async (context: Context, finding: Finding): Promise<void> => {
  if (context.json) return context.out.item(finding, []);
  await context.out.text(`${marks[finding.state]} ${finding.check.padEnd(22)} ${finding.say}`);
  if (finding.todo) await context.out.text(`${' '.repeat(25)}${paint('bold', finding.todo)}`);
};
