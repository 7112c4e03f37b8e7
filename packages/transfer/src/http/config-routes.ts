import { type FastifyReply, type FastifyRequest, sendJson, wireIsoDate } from '@leman/foundation';
import { cancelBanned } from '../jobs/cancel-banned.ts';
import { type Caller, requireAdmin } from './authenticate.ts';
import { badRequest, notFound } from './fts-error.ts';
import { query, readBody } from './read-body.ts';
import type { AddRoutes } from './service.ts';

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const nothing = (reply: FastifyReply) => reply.code(204).send();

const seName = (value: unknown): string => {
  const match = /^([a-z][a-z0-9+.-]*:\/\/[^/:?#]+(?::\d+)?)\/?$/i.exec(
    typeof value === 'string' ? value : '',
  );
  if (!match) throw badRequest('A storage is named scheme://host, for example https://se.example.org.');
  return match[1]!.toLowerCase();
};
const linkEnd = (value: unknown): string =>
  value === undefined || value === null || value === '*' ? '*' : seName(value);
const limit = (value: unknown, name: string): number => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw badRequest(`${name} must be a whole number from 0.`);
  return value;
};

/** `/config` and `/ban`: limits of storages and links, shares between activities, bans. For administrators. */
export const configRoutes: AddRoutes = (server, service) => {
  const { settings, scheduler } = service;
  const admin = async (request: FastifyRequest): Promise<Caller> => {
    const caller = await service.authenticate(request);
    requireAdmin(caller);
    return caller;
  };

  server.get('/config', async (request, reply) => {
    await admin(request);
    return sendJson(reply, [
      {
        hostname: service.host,
        service_name: 'leman_transfer',
        beat: wireIsoDate(new Date(service.clock.now())),
        drain: false,
      },
    ]);
  });

  server.get('/config/global', async (request, reply) => {
    await admin(request);
    return sendJson(reply, Object.fromEntries(settings.of('global')));
  });
  server.post('/config/global', async (request, reply) => {
    await admin(request);
    const body = readBody(request);
    const name = typeof body.vo_name === 'string' ? body.vo_name : '*';
    await settings.set('global', name, { ...settings.of('global').get(name), ...body, vo_name: name });
    return sendJson(reply, Object.fromEntries(settings.of('global')));
  });
  server.delete('/config/global', async (request, reply) => {
    await admin(request);
    await settings.remove('global', query(request, 'vo_name') ?? '*');
    return nothing(reply);
  });

  server.get('/config/links', async (request, reply) => {
    await admin(request);
    return sendJson(reply, [...settings.of('link').values()]);
  });
  server.post('/config/links', async (request, reply) => {
    await admin(request);
    const body = readBody(request);
    if (typeof body.symbolicname !== 'string' || !body.symbolicname)
      throw badRequest('A link needs a symbolicname.');
    const link = {
      symbolicname: body.symbolicname,
      source: linkEnd(body.source),
      destination: linkEnd(body.destination),
      min_active: limit(body.min_active ?? 2, 'min_active'),
      max_active: limit(body.max_active ?? 2, 'max_active'),
      optimizer_mode: body.optimizer_mode ?? 1,
      tcp_buffer_size: body.tcp_buffer_size ?? 0,
      nostreams: body.nostreams ?? 0,
      no_delegation: body.no_delegation ?? false,
    };
    if (link.max_active < link.min_active) throw badRequest('max_active must not be below min_active.');
    await settings.set('link', link.symbolicname, link);
    return sendJson(reply, link, 201);
  });
  server.get<{ Params: { name: string } }>('/config/links/:name', async (request, reply) => {
    await admin(request);
    const found = settings.of('link').get(request.params.name);
    if (!found) throw notFound('Link does not exist');
    return sendJson(reply, found);
  });
  server.delete<{ Params: { name: string } }>('/config/links/:name', async (request, reply) => {
    await admin(request);
    await settings.remove('link', request.params.name);
    return nothing(reply);
  });

  server.get('/config/se', async (request, reply) => {
    await admin(request);
    const asked = query(request, 'se');
    const all = [...settings.of('se')];
    return sendJson(reply, Object.fromEntries(asked ? all.filter(([name]) => name === seName(asked)) : all));
  });
  server.post('/config/se', async (request, reply) => {
    await admin(request);
    const answers: unknown[] = [];
    const given = Object.entries(readBody(request)).map(([name, value]) => {
      if (!isObject(value)) throw badRequest('Each storage needs an object with se_info or operations.');
      const info = isObject(value.se_info) ? value.se_info : {};
      for (const key of ['inbound_max_active', 'outbound_max_active'] as const)
        if (info[key] != null) limit(info[key], key);
      return { se: seName(name), info, operations: isObject(value.operations) ? value.operations : {} };
    });
    for (const { se, info, operations } of given) {
      const before = settings.of('se').get(se) ?? {};
      const value = {
        se_info: { ...(before.se_info as Json), ...info },
        operations: { ...(before.operations as Json), ...operations },
      };
      await settings.set('se', se, value);
      answers.push(value.se_info, value.operations);
    }
    return sendJson(reply, answers);
  });
  server.delete('/config/se', async (request, reply) => {
    await admin(request);
    await settings.remove('se', seName(query(request, 'se')));
    return nothing(reply);
  });

  server.get('/config/activity_shares', async (request, reply) => {
    await admin(request);
    return sendJson(reply, Object.fromEntries(settings.of('activity_shares')));
  });
  server.post('/config/activity_shares', async (request, reply) => {
    await admin(request);
    const body = readBody(request);
    if (typeof body.vo !== 'string' || !body.vo) throw badRequest('Shares need a vo.');
    const share: Json = Array.isArray(body.share)
      ? Object.assign({}, ...(body.share as Json[]))
      : isObject(body.share)
        ? body.share
        : {};
    if (Object.values(share).some((weight) => typeof weight !== 'number' || weight < 0))
      throw badRequest('Shares are numbers from 0.');
    const value = { share, active: body.active ?? true };
    await settings.set('activity_shares', body.vo, value);
    return sendJson(reply, value);
  });
  server.get<{ Params: { vo: string } }>('/config/activity_shares/:vo', async (request, reply) => {
    await admin(request);
    const found = settings.of('activity_shares').get(request.params.vo);
    if (!found) throw notFound(`There are no shares for ${request.params.vo}`);
    return sendJson(reply, found);
  });
  server.delete<{ Params: { vo: string } }>('/config/activity_shares/:vo', async (request, reply) => {
    await admin(request);
    await settings.remove('activity_shares', request.params.vo);
    return nothing(reply);
  });

  server.get('/ban/se', async (request, reply) => {
    await admin(request);
    return sendJson(
      reply,
      settings.bans().map((ban) => ({ ...ban, addition_time: wireIsoDate(ban.addition_time) })),
    );
  });
  server.post('/ban/se', async (request, reply) => {
    const caller = await admin(request);
    const body = readBody(request);
    const se = seName(body.storage);
    const status = String(body.status ?? 'cancel').toUpperCase();
    if (status !== 'CANCEL' && status !== 'WAIT') throw badRequest('status must be cancel or wait.');
    if (status === 'CANCEL' && body.allow_submit)
      throw badRequest('allow_submit can only be combined with wait.');
    await settings.ban({
      se,
      vo: caller.vos[0]!,
      status: status === 'WAIT' && body.allow_submit ? 'WAIT_AS' : status,
      message: typeof body.message === 'string' ? body.message : '',
      admin_dn: caller.user_dn,
      addition_time: new Date(service.clock.now()),
    });
    const affected = await scheduler.ledger.run(async (tx, now) => {
      const value = await cancelBanned(tx, se, status === 'CANCEL', caller.user_dn, now);
      return { value, events: value.events };
    });
    scheduler.cancel(affected.fileIds);
    return sendJson(reply, affected.jobIds);
  });
  server.delete('/ban/se', async (request, reply) => {
    await admin(request);
    await settings.unban(seName(query(request, 'storage')));
    return nothing(reply);
  });
};
