import { type ErrorName, errorRegistry, FieldError, fail } from '@leman/contracts';
import { type ByteSource, readLines } from './read-lines.ts';
import { parseJson } from './wire.ts';

export interface ClientOptions {
  /** Base URL of the lake, e.g. `http://127.0.0.1:4870`; empty: the page's own origin. */
  url: string;
  /** Token of an earlier login. Browsers with a session cookie need none. */
  token?: string;
  /** User name and password: logs in when first needed, and again when the token has ended. */
  login?: { username: string; password: string; account?: string };
  /** Told to the server. */
  userAgent?: string;
  /** For tests, and for Node with a certificate authority of its own. */
  fetch?: typeof fetch;
}

export interface Login {
  token: string;
  /** Wire date. */
  expires: string;
  account: string;
}

export interface Request {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** How the rooms of the client speak with the lake. */
export interface Transport {
  readonly url: string;
  send(path: string, request?: Request): Promise<Response>;
  json<T>(path: string, request?: Request): Promise<T>;
  text(path: string, request?: Request): Promise<string>;
  /** One object per line, as they arrive. */
  lines<T>(path: string, request?: Request): AsyncGenerator<T>;
  login(credentials: { username: string; password: string; account?: string }): Promise<Login>;
  /** Ends the token at the lake and forgets it. One that had ended already is fine. */
  logout(): Promise<void>;
  token(): string | undefined;
}

const RETRIES = 2;
const FIRST_WAIT = 250;
const gone = new Set([502, 503, 504]);
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The error an answer tells of. Names that the registry does not know become RucioException with that name in it. */
export const readError = async (response: Response): Promise<FieldError> => {
  const text = await response.text().catch(() => '');
  let name = response.headers.get('ExceptionClass') ?? '';
  let message = response.headers.get('ExceptionMessage') ?? '';
  try {
    const body = JSON.parse(text) as { ExceptionClass?: string; ExceptionMessage?: string };
    name = body.ExceptionClass ?? name;
    message = body.ExceptionMessage ?? message;
  } catch {
    // Not from the lake itself: a proxy, or a cut answer. The headers and the status have to do.
  }
  const options = { status: response.status };
  if (Object.hasOwn(errorRegistry, name)) return fail(name as ErrorName, message || name, options);
  return fail('RucioException', message || `${name || 'The lake'} answered ${response.status}.`, options);
};

/**
 * Speaks with one lake. Safe calls (GET) are repeated twice when the lake does not answer; an ended token is renewed
 * once when a login is known.
 */
export const createTransport = (options: ClientOptions): Transport => {
  const url = options.url.replace(/\/+$/, '');
  const call = options.fetch ?? ((input, init) => fetch(input, init));
  let token = options.token;
  let pending: Promise<Login> | undefined;

  const once = async (path: string, request: Request): Promise<Response> => {
    const headers: Record<string, string> = { ...request.headers };
    if (token) headers['X-Rucio-Auth-Token'] = token;
    if (options.userAgent) headers['User-Agent'] = options.userAgent;
    if (request.body !== undefined) headers['Content-Type'] = 'application/json';
    const init: RequestInit = { method: request.method ?? 'GET', headers };
    if (request.body !== undefined) init.body = JSON.stringify(request.body);
    if (request.signal) init.signal = request.signal;
    try {
      return await call(`${url}${path}`, init);
    } catch (error) {
      if (request.signal?.aborted) throw error;
      throw fail('ResourceTemporaryUnavailable', `${url || 'The lake'} does not answer. Is it running?`, {
        cause: error,
      });
    }
  };

  const login: Transport['login'] = async (credentials) => {
    const headers: Record<string, string> = {
      'X-Rucio-Username': credentials.username,
      'X-Rucio-Password': credentials.password,
    };
    if (credentials.account) headers['X-Rucio-Account'] = credentials.account;
    token = undefined;
    const response = await once('/auth/userpass', { headers });
    if (response.status === 206) {
      const accounts = (await response.json()) as string[];
      throw fail('CannotAuthenticate', `This login has several accounts: ${accounts.join(', ')}. Name one.`, {
        facts: { accounts },
      });
    }
    const given = response.headers.get('X-Rucio-Auth-Token');
    if (!response.ok || !given) throw await readError(response);
    await response.body?.cancel();
    token = given;
    return {
      token: given,
      expires: response.headers.get('X-Rucio-Auth-Token-Expires') ?? '',
      account: response.headers.get('X-Rucio-Auth-Account') ?? credentials.account ?? '',
    };
  };
  const logout: Transport['logout'] = async () => {
    if (!token) return;
    const response = await once('/auth/token', { method: 'DELETE' });
    if (!response.ok && response.status !== 401) throw await readError(response);
    await response.body?.cancel();
    token = undefined;
  };
  // Many calls may find the token ended at the same time: one login serves all.
  const renew = async () => {
    pending ??= login(options.login!).finally(() => {
      pending = undefined;
    });
    await pending;
  };

  const send: Transport['send'] = async (path, request = {}) => {
    if (!token && options.login) await renew();
    const tries = (request.method ?? 'GET') === 'GET' ? RETRIES : 0;
    let renewed = false;
    for (let attempt = 0; ; attempt += 1) {
      let failure: unknown;
      try {
        const response = await once(path, request);
        if (response.ok) return response;
        if (response.status === 401 && options.login && !renewed) {
          renewed = true;
          const error = await readError(response);
          if (error.name !== 'CannotAuthenticate') throw error;
          await renew();
          attempt -= 1;
          continue;
        }
        failure = await readError(response);
        if (!gone.has(response.status)) throw failure;
      } catch (error) {
        if (!(error instanceof FieldError) || !error.retryable || request.signal?.aborted) throw error;
        failure = error;
      }
      if (attempt >= tries) throw failure;
      await sleep(FIRST_WAIT * 2 ** attempt);
    }
  };

  return {
    url,
    send,
    login,
    logout,
    token: () => token,
    async json<T>(path: string, request?: Request) {
      return parseJson(await (await send(path, request)).text()) as T;
    },
    text: async (path, request) => (await send(path, request)).text(),
    async *lines<T>(path: string, request?: Request) {
      const response = await send(path, request);
      if (!response.body) return;
      for await (const line of readLines(response.body as ByteSource)) if (line) yield parseJson(line) as T;
    },
  };
};
