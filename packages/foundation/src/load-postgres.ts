import { registerHooks } from 'node:module';
import type Postgres from 'postgres';

/** One change to a file of the driver: the text that is there, and what stands there instead. */
type Mending = readonly [defect: string, mended: string];

/**
 * The driver postgres.js 3.4.9 with its handling of lost connections mended while it is loaded. What goes wrong
 * without, by the number of the report at porsager/postgres:
 *
 * - 1154, 1208: a small write that waits for its turn goes to a socket that is gone, which ends the process, or the
 *   connection never writes again, which hangs whoever is given it next.
 * - 1216: a transaction whose connection is lost goes on with the connection made in its place: its next statements
 *   run outside of any transaction, or end the transaction of somebody else. And the first query on the new connection
 *   is answered with the failure of the old one.
 * - 1186, 1195: queries waiting inside a lost transaction, and a reservation waiting for a connection, wait for ever.
 * - 1189: a BEGIN that fills the pipeline of a busy connection does not reserve it: strangers take part in it.
 * - A cursor whose connection is lost while its reader works on a page ends as if it was complete.
 * - Nobody hears of a failed query for the array types, which ends the process; a later connection learns the types.
 *
 * Drop a mending with the release that has it.
 */
const mendings: Readonly<Record<string, readonly Mending[]>> = {
  'connection.js': [
    [
      `      build(q)
      return write`,
      `      build(q)
      q.options.onexecute && q.options.onexecute(connection)
      return write`,
    ],
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
    socket.removeListener('data', data)`,
      `    clearImmediate(nextWriteTimer)
    chunk = nextWriteTimer = null
    socket.removeListener('data', data)`,
    ],
    [
      `    if (initial)
      return reconnect()

    !hadError && (query || sent.length) && error(`,
      `    if (initial || query || sent.length)
      error(`,
    ],
    [
      `    closedTime = performance.now()
`,
      `    query = results = errorResponse = final = null
    result = new Result()
    rows = 0
    closedTime = performance.now()
`,
    ],
    [
      `        return fetchArrayTypes()
`,
      `        return fetchArrayTypes().catch(noop)
`,
    ],
    [
      `    try {
      const x = await Promise.resolve(query.cursorFn(result))
`,
      `    const own = query
    try {
      const x = await Promise.resolve(query.cursorFn(result))
      if (query !== own)
        return
`,
    ],
  ],
  'query.js': [
    [
      `    let prev
    return {`,
      `    let prev
      , failed
    return {`,
    ],
    [
      `          if (this.executed && !this.active)`,
      `          if (failed)
            return Promise.reject(failed)

          if (this.executed && !this.active)`,
    ],
    [
      `            this.reject = x => (this.active = false, reject(x))
          })`,
      `            this.reject = x => (this.active = false, failed = x, reject(x))
          })`,
    ],
  ],
  'index.js': [
    [
      `        const query = { reserve: resolve, reject }`,
      `        const query = { reserve: resolve, reject: e => (queries.remove(query), reject(e)) }`,
    ],
    [
      `    move(c, reserved)
    c.reserved = () => queue.length`,
      `    let lost = null
    c.onclose = e => {
      lost = e
      while (queue.length)
        queue.shift().reject(e)
    }
    move(c, reserved)
    c.reserved = () => queue.length`,
    ],
    [
      `    sql.release = () => {
      c.reserved = null`,
      `    sql.release = () => {
      if (lost)
        return
      c.onclose = c.reserved = null`,
    ],
    [
      `    function handler(q) {
      c.queue === full
        ? queue.push(q)`,
      `    function handler(q) {
      if (lost)
        return q.reject(lost)
      c.queue === full
        ? queue.push(q)`,
    ],
    [
      `      , connection
      , prepare = null`,
      `      , connection
      , lost = null
      , prepare = null`,
    ],
    [
      `        new Promise((_, reject) => connection.onclose = reject)`,
      `        new Promise((_, reject) => connection.onclose = e => {
          lost = e
          while (queries.length)
            queries.shift().reject(e)
          reject(e)
        })`,
    ],
    [
      `        q.catch(e => uncaughtError || (uncaughtError = e))
        c.queue`,
      `        q.catch(e => uncaughtError || (uncaughtError = e))
        if (lost)
          return q.reject(lost)
        c.queue`,
    ],
    [
      `    queries.length && connect(c, queries.shift())
  }`,
      `    if (queries.length) {
      const query = queries.shift()
      query.reserve && queries.push(query)
      connect(c, query)
    }
  }`,
    ],
  ],
};

/**
 * The source of a file of the driver, mended; undefined for a file that stays as it is.
 * @throws Error when it is not the version this was made for
 */
export const mend = (file: string, source: string): string | undefined =>
  mendings[file]?.reduce((text, [defect, mended]) => {
    if (text.split(defect).length !== 2) {
      throw new Error('This is not postgres.js 3.4.9, which Leman depends on. Run "npm ci".');
    }
    return text.replace(defect, () => mended);
  }, source);

const hooks = registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    const file = /\/postgres\/src\/([^/]+)$/.exec(url)?.[1];
    const source = file && mend(file, String(loaded.source));
    return source ? { ...loaded, source } : loaded;
  },
});

/** `postgres` of the package of that name. */
export const { default: postgres }: { default: typeof Postgres } = await import('postgres');
hooks.deregister();
