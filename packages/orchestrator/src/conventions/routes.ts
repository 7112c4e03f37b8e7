import { type HttpServer, jsonBody, requireAccept, sendJson, sendText } from '@leman/foundation';
import { requireAdmin } from '../accounts/permissions.ts';
import type { Lake } from '../lake.ts';
import { addKey } from './add-key.ts';
import { addValue } from './add-value.ts';
import { listKeys } from './list-keys.ts';
import { listValues } from './list-values.ts';

interface OfKey {
  Params: { key: string };
}

export const routes = (server: HttpServer, lake: Lake): void => {
  server.get('/meta_conventions', async (request, reply) => {
    requireAccept(request, ['application/json']);
    return sendJson(reply, await listKeys(lake.sql));
  });

  server.get<OfKey>('/meta_conventions/:key', async (request, reply) => {
    requireAccept(request, ['application/json']);
    return sendJson(reply, await listValues(lake.sql, request.params.key));
  });

  // The field tells keys and values apart by a final slash; here the body does: a value has the key `value`.
  server.post<OfKey>('/meta_conventions/:key', async (request, reply) => {
    const body = jsonBody(request);
    const { key } = request.params;
    requireAdmin(request.caller, 'change metadata keys');
    if (Object.hasOwn(body, 'value')) await addValue(lake, key, body.value);
    else {
      await addKey(lake, {
        key,
        keyType: body.key_type ?? null,
        valueType: body.value_type ?? null,
        valueRegexp: body.value_regexp ?? null,
      });
    }
    return sendText(reply, 'Created', 201);
  });
};
