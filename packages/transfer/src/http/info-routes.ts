import { sayReason, type TransferLink } from '@leman/contracts';
import { metrics, sendJson } from '@leman/foundation';
import { baseId } from '../jobs/deterministic-id.ts';
import { explainFile } from '../jobs/explain-file.ts';
import { forbidden, notFound } from './fts-error.ts';
import type { AddRoutes } from './service.ts';

const version = { major: 3, minor: 14, patch: 0 };
const operations = ['transfer', 'deleg', 'config', 'admin', 'datamanagement'];

/** Who am I, what is this, what do the links do, why does a file wait. */
export const infoRoutes: AddRoutes = (server, service) => {
  const { sql, scheduler } = service;
  const open = { config: { open: true } };

  server.get('/', open, async (_request, reply) =>
    sendJson(reply, {
      delegation: { major: 1, minor: 0, patch: 0 },
      api: version,
      core: version,
      schema: { major: 8, minor: 0, patch: 0 },
      _links: {
        curies: [{ name: 'fts', href: 'https://gitlab.cern.ch/fts/fts3' }],
        'fts:whoami': { href: '/whoami', title: 'Check user certificate' },
        'fts:joblist': { href: '/jobs{?vo_name,user_dn}', title: 'List of active jobs', templated: true },
        'fts:configaudit': { href: '/config/audit', title: 'Configuration' },
        'fts:submitschema': { href: '/api-docs/schema/submit', title: 'JSON schema of messages' },
        'fts:job': {
          href: '/jobs/{id}',
          title: 'Job information',
          templated: true,
          hints: { allow: ['GET', 'DELETE'] },
        },
      },
    }),
  );

  server.get('/whoami', async (request, reply) => {
    const caller = await service.authenticate(request);
    return sendJson(reply, {
      user_dn: caller.user_dn,
      dn: [caller.user_dn],
      base_id: baseId,
      voms_cred: [],
      vos: caller.vos,
      vos_id: caller.vos,
      roles: [],
      level: caller.admin
        ? Object.fromEntries(operations.map((name) => [name, 'all']))
        : { transfer: '', deleg: '' },
      delegation_id: caller.cred_id,
      method: 'oauth2',
      is_root: caller.admin,
      oauth2_scope: caller.scope,
      wlcg_profile: true,
    });
  });

  server.get('/ping', open, async (_request, reply) => sendJson(reply, { version: '3.14.0' }));
  server.get('/metrics', open, async (_request, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.metrics()),
  );

  server.get('/links', async (request, reply) => {
    await service.authenticate(request);
    const links = [...scheduler.queues.links()].map((link): TransferLink => {
      const out = scheduler.gate(link.sourceSe, 'out');
      const into = scheduler.gate(link.destSe, 'in');
      const recent = scheduler.history.recent(link.key);
      const closed = into.banned ?? into.closed ?? out.banned ?? out.closed;
      return {
        source_se: link.sourceSe,
        dest_se: link.destSe,
        active: link.active,
        queued: link.queued,
        limit: scheduler.linkLimit(link.sourceSe, link.destSe),
        done_15m: recent.done,
        failed_15m: recent.failed,
        bytes_15m: recent.bytes,
        bytes_per_second: Math.round(recent.bytes / 900),
        closed: closed
          ? {
              reason_code: closed.code,
              facts: closed.facts,
              explanation: sayReason(closed.code, closed.facts),
              since: new Date(closed.since).toISOString(),
              next_try: Number.isFinite(closed.retryAt) ? new Date(closed.retryAt).toISOString() : null,
            }
          : null,
      };
    });
    return sendJson(reply, links);
  });

  server.get<{ Params: { fileId: string } }>('/why/:fileId', async (request, reply) => {
    const caller = await service.authenticate(request);
    const { fileId } = request.params;
    const found = /^\d{1,15}$/.test(fileId)
      ? await explainFile(sql, scheduler, Number(fileId), service.host)
      : undefined;
    if (!found) throw notFound(`No file with the id "${fileId}" has been found`);
    if (!caller.admin && found.owner !== caller.user_dn) throw forbidden('The file belongs to somebody else');
    return sendJson(reply, found.explanation);
  });
};
