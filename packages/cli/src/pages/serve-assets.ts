import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import type { FastifyReply, FastifyRequest, HttpServer } from '@leman/foundation';
import { contentPolicy, newNonce } from './content-policy.ts';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};
/** Best first. */
const encodings = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const;

interface Asset {
  path: string;
  type: string;
  /** Size in bytes by encoding; `identity` is the file itself. */
  sizes: Map<string, number>;
}

/** The files of a built site, by URL path below /ui/. */
const listAssets = (root: string): Map<string, Asset> => {
  const assets = new Map<string, Asset>();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || encodings.some(({ suffix }) => entry.name.endsWith(suffix))) continue;
    const path = join(entry.parentPath, entry.name);
    const sizes = new Map([['identity', statSync(path).size]]);
    for (const { name, suffix } of encodings) {
      if (existsSync(path + suffix)) sizes.set(name, statSync(path + suffix).size);
    }
    const url = path
      .slice(root.length + 1)
      .split(sep)
      .join('/');
    assets.set(url, { path, type: types[extname(entry.name)] ?? 'application/octet-stream', sizes });
  }
  return assets;
};

const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Leman</title>
<h1>The pages are not built</h1><p>Run <code>npm run build:web</code> and load this page again. The REST interface works without them.</p>`;

/**
 * Serves a built site under /ui/. Names with a hash never change and are kept by the browser for ever; everything
 * else under /ui/ that is no file is the page itself, whose routes live in the browser.
 */
export const serveAssets = (server: HttpServer, root: string): void => {
  const html = join(root, 'index.html');
  let assets: Map<string, Asset> | undefined;
  let page = '';
  let built = 0;
  /** Looks again when the pages were built anew under a running lake. */
  const load = () => {
    const at = statSync(html, { throwIfNoEntry: false })?.mtimeMs;
    if (at !== undefined && at !== built) {
      assets = listAssets(root);
      page = readFileSync(html, 'utf8');
      built = at;
    }
    return assets;
  };

  const sendAsset = (request: FastifyRequest, reply: FastifyReply, asset: Asset, immutable: boolean) => {
    const accepted = String(request.headers['accept-encoding'] ?? '');
    const encoding = encodings.find(({ name }) => accepted.includes(name) && asset.sizes.has(name));
    reply.headers(securityHeaders).header('content-type', asset.type).header('vary', 'accept-encoding');
    reply.header('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    if (encoding) reply.header('content-encoding', encoding.name);
    reply.header('content-length', asset.sizes.get(encoding?.name ?? 'identity')!);
    return reply.send(createReadStream(asset.path + (encoding?.suffix ?? '')));
  };
  const sendPage = (reply: FastifyReply) => {
    const nonce = newNonce();
    return reply
      .headers(securityHeaders)
      .header('content-security-policy', contentPolicy(nonce))
      .header('cache-control', 'no-store')
      .header('content-type', 'text/html; charset=utf-8')
      .send(page.replaceAll('__NONCE__', nonce));
  };

  const serve = (request: FastifyRequest, reply: FastifyReply) => {
    const known = load();
    if (!known) return reply.code(503).header('content-type', 'text/html; charset=utf-8').send(NOT_BUILT);
    const name = (request.params as { '*'?: string })['*'] ?? '';
    const asset = name === 'index.html' ? undefined : known.get(name);
    if (asset) return sendAsset(request, reply, asset, name.startsWith('assets/'));
    // A hashed file of an older build: a page would only confuse the browser that asked for a script.
    if (name.startsWith('assets/')) return reply.code(404).header('content-type', 'text/plain').send('Gone.');
    return sendPage(reply);
  };
  server.get('/ui', { config: { open: true } }, serve);
  server.get('/ui/*', { config: { open: true } }, serve);
};
