import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { homeOf } from '../lake/home.ts';
import type { Session } from '../session/find-session.ts';
import { checkHome } from './check-home.ts';
import { checkLake } from './check-lake.ts';
import { checkStorages } from './check-storages.ts';
import type { Finding } from './print-finding.ts';

/** The findings of all checks that make sense here, as they come. */
export async function* findings(context: Context): AsyncGenerator<Finding> {
  const [major, minor] = process.versions.node.split('.').map(Number) as [number, number];
  const isNew = major > 22 || (major === 22 && minor >= 18);
  yield isNew
    ? { check: 'Node', state: 'ok', say: `${process.version}` }
    : {
        check: 'Node',
        state: 'failed',
        say: `${process.version} is too old`,
        todo: 'Run npm ci without --omit=optional: it brings a newer one along.',
      };
  let session: Session;
  try {
    session = await context.session();
  } catch (error) {
    yield { check: 'Login', state: 'failed', say: 'no lake is known here', todo: (error as Error).message };
    return;
  }
  yield { check: 'Login', state: 'ok', say: `${session.account} at ${session.url} (${session.from})` };
  if (session.from.endsWith('admin.json')) yield* checkHome(homeOf(resolve(session.from, '..')));
  let answers = false;
  for await (const finding of checkLake(context, session)) {
    if (finding.check === 'Lake') answers = finding.state === 'ok';
    yield finding;
  }
  if (answers) yield* checkStorages(context, session);
}
