import { registerHooks } from 'node:module';
import type Postgres from 'postgres';

/**
 * The driver postgres.js 3.4.9 with three of its defects mended while it is loaded. All show when the server ends or
 * cuts connections. While a small write waits for its turn: the write then goes to a socket that is gone, which ends
 * the whole process, or the connection never writes again, which hangs whoever is given it next. While a new
 * connection asks for the array types: nobody hears of that failure, which ends the process too; the types are
 * those of the pool, and another connection learns them.
 * Reference: porsager/postgres issues 1154 and 1208; drop this file with a release that has them mended.
 */
const mendings: readonly (readonly [defect: string, mended: string])[] = [
  [
    `  function nextWrite(fn) {
    const x = socket.write(chunk, fn)`,
    `  function nextWrite(fn) {
    if (socket === null) {
      nextWriteTimer !== null && clearImmediate(nextWriteTimer)
      chunk = nextWriteTimer = null
      error(Errors.connection('CONNECTION_CLOSED', options, socket))
      return false
    }
    const x = socket.write(chunk, fn)`,
  ],
  [
    `    clearImmediate(nextWriteTimer)
    if (socket) {`,
    `    clearImmediate(nextWriteTimer)
    chunk = nextWriteTimer = null
    if (socket) {`,
  ],
  [
    `        return fetchArrayTypes()
`,
    `        return fetchArrayTypes().catch(() => undefined)
`,
  ],
  [
    `    clearImmediate(nextWriteTimer)
    socket.removeListener('data', data)`,
    `    clearImmediate(nextWriteTimer)
    chunk = nextWriteTimer = null
    socket.removeListener('data', data)`,
  ],
];

/** The source of the driver's connection.js, mended. @throws Error when it is not the version this was made for */
export const mend = (source: string): string =>
  mendings.reduce((text, [defect, mended]) => {
    if (text.split(defect).length !== 2) {
      throw new Error('This is not postgres.js 3.4.9, which Leman depends on. Run "npm ci".');
    }
    return text.replace(defect, () => mended);
  }, source);

const hooks = registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith('/postgres/src/connection.js')) return loaded;
    return { ...loaded, source: mend(String(loaded.source)) };
  },
});

/** `postgres` of the package of that name. */
export const { default: postgres }: { default: typeof Postgres } = await import('postgres');
hooks.deregister();
