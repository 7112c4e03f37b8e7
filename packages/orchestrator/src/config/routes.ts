import { fail } from '@leman/contracts';
import { type HttpServer, jsonBody, requireAccept, sendJson, sendText } from '@leman/foundation';
import { requireAdmin, requireRoot } from '../accounts/permissions.ts';
import type { Lake } from '../lake.ts';
import { deleteConfig } from './delete-config.ts';
import { getConfig } from './get-config.ts';
import { getConfigOption } from './get-config-option.ts';
import { getConfigSection } from './get-config-section.ts';
import { type ConfigEntry, setConfig } from './set-config.ts';

interface OfOption {
  Params: { section: string; option: string };
}
type OfSection = { Params: { section: string } };

export const routes = (server: HttpServer, lake: Lake): void => {
  server.get('/ping', { config: { open: true } }, (_request, reply) =>
    sendJson(reply, { version: lake.settings.version }),
  );

  server.get('/config', async (request, reply) => {
    requireAccept(request, ['application/json']);
    requireAdmin(request.caller, 'read the configuration');
    return sendJson(reply, await getConfig(lake.sql));
  });

  server.post('/config', async (request, reply) => {
    const entries: ConfigEntry[] = Object.entries(jsonBody(request)).flatMap(([section, options]) => {
      if (typeof options !== 'object' || options === null || Array.isArray(options)) {
        throw fail(
          'ValueError',
          `Section '${section.slice(0, 100)}' must be a dictionary of options and values.`,
        );
      }
      return Object.entries(options).map(([option, value]) => ({ section, option, value }));
    });
    requireAdmin(request.caller, 'change the configuration');
    await setConfig(lake, entries);
    return sendText(reply, 'Created', 201);
  });

  server.get<OfSection>('/config/:section', async (request, reply) => {
    requireAccept(request, ['application/json']);
    requireAdmin(request.caller, 'read the configuration');
    return sendJson(reply, await getConfigSection(lake.sql, request.params.section));
  });

  server.delete<OfSection>('/config/:section', async (request, reply) => {
    requireAdmin(request.caller, 'change the configuration');
    await deleteConfig(lake.sql, request.params.section);
    return sendText(reply, '');
  });

  server.get<OfOption>('/config/:section/:option', async (request, reply) => {
    requireAccept(request, ['application/json']);
    requireAdmin(request.caller, 'read the configuration');
    return sendJson(reply, await getConfigOption(lake.sql, request.params.section, request.params.option));
  });

  server.delete<OfOption>('/config/:section/:option', async (request, reply) => {
    requireAdmin(request.caller, 'change the configuration');
    await deleteConfig(lake.sql, request.params.section, request.params.option);
    return sendText(reply, '');
  });

  server.put<{ Params: { section: string; option: string; value: string } }>(
    '/config/:section/:option/:value',
    async (request, reply) => {
      requireAdmin(request.caller, 'change the configuration');
      await setConfig(lake, [request.params]);
      return sendText(reply, 'Created', 201);
    },
  );

  // One virtual organisation: those of others are other lakes.
  const single = () =>
    fail('UnsupportedOperation', 'VO operations cannot be performed: this lake serves a single VO.');
  server.get('/vos', async (request) => {
    requireRoot(request.caller, 'list VOs');
    throw single();
  });
  for (const [method, url] of [
    ['POST', '/vos/:vo'],
    ['PUT', '/vos/:vo'],
    ['POST', '/vos/:vo/recover'],
  ] as const) {
    server.route({
      method,
      url,
      handler: async (request) => {
        requireRoot(request.caller, 'change VOs');
        throw single();
      },
    });
  }
};
