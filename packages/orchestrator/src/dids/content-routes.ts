import { fail } from '@leman/contracts';
import { type HttpServer, jsonBody, requireAccept, sendJsonStream, sendText } from '@leman/foundation';
import { requireScopeOwner } from '../accounts/permissions.ts';
import type { Caller, Lake } from '../lake.ts';
import { optionalBoolean, optionalText, required } from '../server/parameters.ts';
import { type Attachment, attachDids } from './attach-dids.ts';
import { checkDids, checkList, checkNames, checkNewName, shown } from './check-input.ts';
import { detachDids } from './detach-dids.ts';
import { didExtensions } from './extensions.ts';
import { findDids, lookUpDids } from './find-dids.ts';
import { listArchiveContent, listContent, listContentHistory, listParents } from './list-content.ts';
import { listFiles, listFilesInBulk } from './list-files.ts';
import { dictionary, type Named, queryOf, STREAM } from './route-input.ts';

/** Routes of what is in what: attaching, detaching, content, files, parents. */
export const contentRoutes = (server: HttpServer, lake: Lake): void => {
  const { sql, wakeups } = lake;
  const now = () => new Date(lake.clock.now());
  const changed = () => {
    wakeups.wake('judge-evaluator');
    wakeups.wake('hermes');
  };

  const attach = async (
    caller: Caller,
    attachments: (Attachment & { rse?: string })[],
    ignoreDuplicate: boolean,
  ) => {
    const { checkCopies, registerCopies } = didExtensions(lake);
    for (const { rse } of attachments) if (rse) await checkCopies?.(caller, rse);
    await sql.begin(async (tx) => {
      const registering = attachments.filter((attachment) => attachment.rse !== undefined);
      const parents = await findDids(tx, registering);
      for (const [position, { rse, dids }] of registering.entries()) {
        // Only files have copies: in a container it says nothing.
        if (parents[position]!.did_type === 'D') await registerCopies?.(tx, caller, rse!, dids);
      }
      await attachDids(tx, attachments, { account: caller.account, now: now(), ignoreDuplicate });
    });
    changed();
    // What waits for a copy to read from may go.
    if (attachments.some(({ rse }) => rse)) wakeups.wake('conveyor-preparer');
  };

  server.get<Named>('/dids/:scope/:name/dids', async (request, reply) => {
    requireAccept(request, STREAM);
    return await sendJsonStream(reply, listContent(sql, request.params.scope, request.params.name), {
      raw: true,
    });
  });
  server.post<Named>('/dids/:scope/:name/dids', async (request, reply) => {
    const { scope, name } = request.params;
    const body = jsonBody(request);
    const dids = checkDids(required(body, 'dids'), { extra: ['account'] });
    const rse = optionalText(body, 'rse');
    await requireScopeOwner(sql, request.caller, [scope], 'attach data identifiers', { mockIsOpen: true });
    await attach(
      request.caller,
      [{ scope, name, dids, ...(rse ? { rse } : {}) }],
      optionalBoolean(body, 'ignore_duplicate', false),
    );
    return sendText(reply, 'Created', 201);
  });
  server.delete<Named>('/dids/:scope/:name/dids', async (request, reply) => {
    const { scope, name } = request.params;
    const children = checkNames(required(jsonBody(request), 'dids'), { max: 100_000 });
    await requireScopeOwner(sql, request.caller, [scope], 'detach data identifiers', { mockIsOpen: true });
    await sql.begin((tx) => detachDids(tx, scope, name, children, now()));
    changed();
    return sendText(reply, '');
  });
  server.post('/dids/attachments', async (request, reply) => {
    const body = jsonBody(request, 'any');
    if (typeof body !== 'object' || body === null)
      throw fail('TypeError', 'body must be a json dictionary or list');
    const list = Array.isArray(body) ? body : required(body as Record<string, unknown>, 'attachments');
    const ignoreDuplicate = Array.isArray(body)
      ? false
      : optionalBoolean(body as Record<string, unknown>, 'ignore_duplicate', false);
    const attachments = checkList(list, 'attachments').map((item) => {
      const { scope, name, dids, rse, ...rest } = dictionary(item, 'an attachment');
      checkNewName(scope, name);
      const [unknown] = Object.keys(rest);
      if (unknown !== undefined)
        throw fail('InvalidObject', `${shown(unknown)} is not a key of an attachment.`);
      const at = optionalText({ rse }, 'rse');
      return {
        scope: scope as string,
        name: name as string,
        dids: checkDids(dids, { extra: ['account'] }),
        ...(at ? { rse: at } : {}),
      };
    });
    const scopes = attachments.map((attachment) => attachment.scope);
    await requireScopeOwner(sql, request.caller, scopes, 'attach data identifiers');
    await attach(request.caller, attachments, ignoreDuplicate);
    return sendText(reply, 'Created', 201);
  });
  server.get<Named>('/dids/:scope/:name/dids/history', async (request, reply) => {
    requireAccept(request, STREAM);
    return await sendJsonStream(
      reply,
      await listContentHistory(sql, request.params.scope, request.params.name),
    );
  });
  server.get<Named>('/archives/:scope/:name/files', async (request, reply) => {
    requireAccept(request, STREAM);
    return await sendJsonStream(
      reply,
      await listArchiveContent(sql, request.params.scope, request.params.name),
    );
  });
  server.get<Named>('/dids/:scope/:name/files', async (request, reply) => {
    requireAccept(request, STREAM);
    const { scope, name } = request.params;
    return await sendJsonStream(reply, listFiles(sql, scope, name, 'long' in queryOf(request)), {
      raw: true,
    });
  });
  server.post('/dids/bulkfiles', async (request, reply) => {
    requireAccept(request, STREAM);
    const dids = await lookUpDids(sql, checkNames(jsonBody(request).dids ?? [], { min: 0 }));
    return await sendJsonStream(reply, listFilesInBulk(sql, dids), { raw: true });
  });
  server.get<Named>('/dids/:scope/:name/parents', async (request, reply) => {
    requireAccept(request, STREAM);
    return await sendJsonStream(reply, await listParents(sql, request.params.scope, request.params.name));
  });
};
