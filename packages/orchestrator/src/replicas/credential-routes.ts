import { fail, type StorageTokenItem } from '@leman/contracts';
import { type HttpServer, jsonBody, sendJson, sendText } from '@leman/foundation';
import { checkList, checkNewName, shown } from '../dids/check-input.ts';
import type { Lake } from '../lake.ts';
import { optionalInteger, queryText, required, requiredText } from '../server/parameters.ts';
import { issueStorageTokens } from './issue-storage-tokens.ts';
import { signUrl } from './sign-url.ts';

const SERVICES = ['leman', 'gcs', 's3', 'swift'];
const LIFETIME_SECONDS = 600;

/** Routes under /credentials: tokens for the doors of storages. */
export const credentialRoutes = (server: HttpServer, lake: Lake): void => {
  for (const path of ['/credentials/signurl', '/credentials/signur']) {
    server.get(path, async (request, reply) => {
      const { query } = request;
      const needed = (name: string): string => {
        const value = queryText(query, name);
        if (value === undefined) throw fail('ValueError', `Parameter "${name}" not found`);
        return value;
      };
      const rse = needed('rse');
      const url = needed('url');
      const service = queryText(query, 'svc') ?? 'leman';
      const operation = queryText(query, 'op') ?? 'read';
      if (!SERVICES.includes(service)) {
        throw fail(
          'ValueError',
          `Parameter "svc" ${shown(service)} must be empty or one of ${SERVICES.join(', ')}.`,
        );
      }
      if (operation !== 'read' && operation !== 'write' && operation !== 'delete') {
        throw fail('ValueError', 'Parameter "op" must be either empty(read), read, write, or delete.');
      }
      const asked =
        optionalInteger({ lifetime: queryText(query, 'lifetime') }, 'lifetime', { min: 1 }) ??
        LIFETIME_SECONDS;
      const lifetimeSeconds = Math.min(asked, lake.settings.storageTokenLifetime);
      return sendText(reply, await signUrl(lake, request.caller, { rse, url, operation, lifetimeSeconds }));
    });
  }

  server.post('/credentials/storage-tokens', async (request, reply) => {
    const items = checkList(required(jsonBody(request), 'items'), 'items').map((item): StorageTokenItem => {
      if (typeof item !== 'object' || item === null || Array.isArray(item))
        throw fail('InvalidObject', `${shown(item)} must be a dictionary.`);
      const { scope, name, operation, ...rest } = item as Record<string, unknown>;
      checkNewName(scope, name);
      if (operation !== 'read' && operation !== 'write')
        throw fail('InvalidObject', `operation ${shown(operation)} must be read or write.`);
      return { rse: requiredText(rest, 'rse'), scope: scope as string, name: name as string, operation };
    });
    return sendJson(reply, await issueStorageTokens(lake, request.caller, items));
  });
};
