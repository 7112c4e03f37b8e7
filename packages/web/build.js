// Builds the pages into dist and makes brotli and gzip of every text beside it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';

const root = import.meta.dirname;
const texts = new Set(['.html', '.js', '.css', '.svg', '.json', '.webmanifest']);

await build({ root, configFile: join(root, 'vite.config.ts'), logLevel: 'warn' });
const dist = join(root, 'dist');
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  // The page itself gets a nonce for each answer and is sent as it is.
  if (!entry.isFile() || !texts.has(extname(entry.name)) || entry.name === 'index.html') continue;
  const path = join(entry.parentPath, entry.name);
  const bytes = readFileSync(path);
  if (bytes.length < 1024) continue;
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
}
