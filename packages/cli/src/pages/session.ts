import type { IncomingMessage } from 'node:http';
import { createClient, parseDate } from '@leman/client';
import { fail, type PageCaller, type PageSession } from '@leman/contracts';
import {
  type FastifyReply,
  type FastifyRequest,
  type HttpServer,
  jsonBody,
  sendJson,
} from '@leman/foundation';
import { issueToken, type Lake, revokeToken } from '@leman/orchestrator';
import { ownUrl } from './own-url.ts';
import { createSessions } from './sessions.ts';

/**
 * The cookie of the lake that is asked. Browsers send a cookie to all ports of a host, so its port is in the name:
 * lakes side by side on one machine do not log each other out.
 */
const cookieName = ({ headers }: Pick<IncomingMessage, 'headers'>): string => {
  const port = /:(\d{1,5})$/.exec(headers.host ?? '')?.[1];
  return port ? `leman_session_${port}` : 'leman_session';
};

/**
 * Whether a request comes from our own pages. Browsers tell with Sec-Fetch-Site; older ones with Origin, which they
 * leave out only on plain GETs of the same page, where SameSite=Strict has to do.
 */
const isOwnPage = (request: Pick<IncomingMessage, 'headers' | 'method'>): boolean => {
  const site = request.headers['sec-fetch-site'];
  if (site) return site === 'same-origin' || (site === 'none' && request.method === 'GET');
  const { origin } = request.headers;
  if (!origin) return request.method === 'GET';
  return URL.canParse(origin) && new URL(origin).host === request.headers.host;
};

const tokenOf = (request: IncomingMessage): string | undefined => {
  const wanted = cookieName(request);
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === wanted && value) {
      try {
        return decodeURIComponent(value);
      } catch {
        return undefined;
      }
    }
  }
  return undefined;
};

const setCookie = (request: FastifyRequest, reply: FastifyReply, token: string, seconds: number) => {
  const secure = request.protocol === 'https' ? '; Secure' : '';
  const cookie = `${cookieName(request)}=${encodeURIComponent(token)}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`;
  reply.header('set-cookie', cookie);
};

const secondsUntil = (end: Date): number => Math.max(0, Math.round((end.getTime() - Date.now()) / 1000));

/**
 * Sessions of the pages. The token lives in a cookie that no script can read and that is taken only from our own
 * pages; the rest of the server sees it as the ordinary token header.
 */
export const session = (server: HttpServer, lake: Lake): void => {
  const sessions = createSessions(lake.clock);
  // Before routing and every hook, so that nothing else needs to know of cookies.
  server.server.prependListener('request', (request: IncomingMessage) => {
    if (request.headers['x-rucio-auth-token'] || request.headers.authorization) return;
    const token = tokenOf(request);
    if (token && isOwnPage(request)) request.headers['x-rucio-auth-token'] = token;
  });

  server.post('/ui/api/login', { config: { open: true } }, async (request, reply) => {
    if (!isOwnPage(request)) throw fail('AccessDenied', 'Logging in works only from the pages of this lake.');
    const { username, password, account } = jsonBody(request);
    if (typeof username !== 'string' || typeof password !== 'string' || !username || !password) {
      throw fail('ValueError', 'Give a user name and a password.');
    }
    const named = typeof account === 'string' && account ? { account } : {};
    const login = await createClient({ url: ownUrl(server) }).login({ username, password, ...named });
    const end = parseDate(login.expires) ?? new Date(Date.now() + 3_600_000);
    sessions.begin(login.token, end);
    setCookie(request, reply, login.token, secondsUntil(end));
    return sendJson(reply, { account: login.account, expires: end.toISOString() } satisfies PageSession);
  });

  // Open: who has no valid session any more may still drop the cookie.
  server.post('/ui/api/logout', { config: { open: true } }, async (request, reply) => {
    if (!isOwnPage(request.raw))
      throw fail('AccessDenied', 'Logging out works only from the pages of this lake.');
    const token = tokenOf(request.raw);
    if (token) await revokeToken(lake, token);
    setCookie(request, reply, '', 0);
    return sendJson(reply, {});
  });

  // Not open: without a valid session it is the usual 401, which sends the page to its login.
  server.get('/ui/api/session', async (request, reply) => {
    const { account, identity, isAdmin, ip } = request.caller;
    const token = tokenOf(request.raw);
    if (token && sessions.wantsNewToken(token)) {
      const next = await issueToken(lake, { account, identity, appid: 'pages', ip });
      sessions.goOn(token, next.token, next.expiresAt);
      setCookie(request, reply, next.token, secondsUntil(next.expiresAt));
    }
    return sendJson(reply, { account, admin: isAdmin } satisfies PageCaller);
  });
};
