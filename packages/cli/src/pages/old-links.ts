import { type HttpServer, sendJson } from '@leman/foundation';

const escaped = (text: unknown) => encodeURIComponent(String(text ?? ''));

/** The front door and the links that people have in their mails: they lead to the page of today. */
export const oldLinks = (server: HttpServer): void => {
  const open = { config: { open: true } };
  server.get('/', open, (request, reply) => {
    if (String(request.headers.accept ?? '').includes('text/html')) return reply.redirect('/ui/');
    return sendJson(reply, { name: 'Leman', pages: '/ui/', ping: '/ping' });
  });
  server.get('/rule', open, (request, reply) => {
    const { rule_id } = request.query as { rule_id?: string };
    return reply.redirect(rule_id ? `/ui/rules/${escaped(rule_id)}` : '/ui/rules');
  });
  server.get('/did', open, (request, reply) => {
    const { scope, name } = request.query as { scope?: string; name?: string };
    return reply.redirect(scope && name ? `/ui/data/${escaped(scope)}/${escaped(name)}` : '/ui/data');
  });
};
