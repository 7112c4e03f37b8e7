import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';

// A reverse proxy with a certificate before a lake, as sites have one: node tls-proxy.ts HOME PORT TARGET

const [home, port, target] = process.argv.slice(2) as [string, string, string];
const tls = { cert: readFileSync(join(home, 'host.pem')), key: readFileSync(join(home, 'host-key.pem')) };
https
  .createServer(tls, (request, response) => {
    const { method, headers } = request;
    const onward = http.request(new URL(request.url ?? '/', target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  })
  .listen(Number(port), '127.0.0.1');
