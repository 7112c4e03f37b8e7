import { setMaxListeners } from 'node:events';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';

/** Checks everything a lake needs, one line each, with what to do. Ends with 1 when a check failed. */
export const doctor = async (context: Context): Promise<void> => {
  setMaxListeners(50);
  const { findings } = await import('../checks/findings.ts');
  const { printFinding } = await import('../checks/print-finding.ts');
  let [failed, warnings] = [0, 0];
  for await (const finding of findings(context)) {
    if (finding.state === 'failed') failed++;
    if (finding.state === 'warning') warnings++;
    await printFinding(context, finding);
  }
  if (failed > 0)
    throw new CommandError('failed', `${failed} of the checks failed; what to do stands with each.`);
  await context.out.text(warnings > 0 ? `\nWorks, with ${warnings} warnings.` : '\nEverything is well.');
};
