import { fail } from '@leman/contracts';
import {
  type FastifyReply,
  type FastifyRequest,
  type HttpServer,
  requireAccept,
  wireDate,
} from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { describeToken } from './describe-token.ts';
import { issueSshChallenge } from './issue-ssh-challenge.ts';
import { loginSsh } from './login-ssh.ts';
import { loginUserpass } from './login-userpass.ts';
import { clientIp } from './require-token.ts';
import { revokeToken } from './revoke-token.ts';

const open = { config: { open: true } };

const header = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return (Array.isArray(value) ? value[0] : value) || undefined;
};

/** Part of a token: without line ends and bounded. */
const appidOf = (request: FastifyRequest): string =>
  (header(request, 'x-rucio-appid') ?? 'unknown').replaceAll(/[^\w.:/@-]/g, '_').slice(0, 64);

const prepare = (request: FastifyRequest, reply: FastifyReply): void => {
  requireAccept(request, ['application/octet-stream']);
  reply.header(
    'access-control-expose-headers',
    'X-Rucio-Auth-Token, X-Rucio-Auth-Token-Expires, X-Rucio-Auth-Account, X-Rucio-Auth-Accounts',
  );
  reply.header('content-type', 'application/octet-stream');
};

const sendToken = (
  reply: FastifyReply,
  answer: { token: string; expiresAt: Date },
  account: string,
): FastifyReply =>
  reply
    .header('X-Rucio-Auth-Token', answer.token)
    .header('X-Rucio-Auth-Token-Expires', wireDate(answer.expiresAt))
    .header('X-Rucio-Auth-Account', account)
    .send('');

/** Log in: /auth/... of the field. Answers are empty, the token is in the headers. Log out: DELETE /auth/token. */
export const authRoutes = (server: HttpServer, lake: Lake): void => {
  server.get('/auth/userpass', open, async (request, reply) => {
    prepare(request, reply);
    const username = header(request, 'x-rucio-username');
    const password = header(request, 'x-rucio-password');
    if (!username || !password) {
      throw fail(
        'CannotAuthenticate',
        'Cannot authenticate without passing all required arguments: X-Rucio-Username and X-Rucio-Password.',
      );
    }
    const answer = await loginUserpass(lake, {
      account: header(request, 'x-rucio-account'),
      username,
      password,
      appid: appidOf(request),
      ip: clientIp(request),
      connectedFrom: request.ip,
    });
    if ('accounts' in answer) {
      return reply
        .code(206)
        .header('X-Rucio-Auth-Accounts', answer.accounts.join(','))
        .send(JSON.stringify(answer.accounts));
    }
    return sendToken(reply, answer, answer.account);
  });

  server.get('/auth/ssh_challenge_token', open, async (request, reply) => {
    prepare(request, reply);
    const account = header(request, 'x-rucio-account');
    if (!account) throw fail('ValueError', 'Account must be set. Send it as X-Rucio-Account.');
    const { challenge, expiresAt } = await issueSshChallenge(lake, account);
    return reply
      .header('X-Rucio-SSH-Challenge-Token', challenge)
      .header('X-Rucio-SSH-Challenge-Token-Expires', wireDate(expiresAt))
      .send('');
  });

  server.get('/auth/ssh', open, async (request, reply) => {
    prepare(request, reply);
    const account = header(request, 'x-rucio-account');
    const signature = header(request, 'x-rucio-ssh-signature');
    if (!account || !signature) {
      throw fail(
        'ValueError',
        'Account and SSH signature must be set. Send X-Rucio-Account and X-Rucio-SSH-Signature.',
      );
    }
    const answer = await loginSsh(lake, {
      account,
      signature,
      appid: appidOf(request),
      ip: clientIp(request),
    });
    return sendToken(reply, answer, account);
  });

  server.get('/auth/validate', open, async (request, reply) => {
    prepare(request, reply);
    const token = header(request, 'x-rucio-auth-token');
    if (!token) throw fail('ValueError', 'Token must be set.');
    return reply.send(await describeToken(lake, token));
  });

  // Our own: the field has no way to end a token. Not open: what ends nothing is refused like any other call.
  server.delete('/auth/token', async (request, reply) => {
    await revokeToken(lake, String(request.headers['x-rucio-auth-token']));
    return reply.send('');
  });

  for (const way of [
    'x509',
    'x509/webui',
    'x509_proxy',
    'gss',
    'saml',
    'oidc',
    'oidc_redirect',
    'oidc_code',
  ]) {
    server.get(`/auth/${way}`, open, async () => {
      const name = way.replace(/[/_].*/, '');
      throw fail(
        'CannotAuthenticate',
        `Cannot authenticate: logging in by ${name} is not set up here. Use /auth/userpass or /auth/ssh.`,
      );
    });
  }
  server.get('/auth/oidc_refresh', open, async () => {
    throw fail(
      'CannotAuthorize',
      'Cannot authorize token request: logging in by oidc is not set up here. Use /auth/userpass.',
    );
  });
};
