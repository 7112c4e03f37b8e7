import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { getCACertificates } from 'node:tls';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 1024 * 1024;

/** GET of a JSON document of at most 1 MiB, within 10 s, without redirects. `ca`: PEM trusted besides the system's. */
export const fetchJson = (url: string, ca?: string): Promise<Record<string, unknown>> =>
  new Promise((resolve, reject) => {
    const secure = url.startsWith('https:');
    const trust = secure && ca ? { ca: [...getCACertificates('default'), ca] } : {};
    const request = (secure ? getSecure : getPlain)(
      url,
      {
        ...trust,
        headers: { accept: 'application/json' },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        agent: false,
      },
      (response) => {
        const parts: Buffer[] = [];
        let size = 0;
        response.on('data', (part: Buffer) => {
          size += part.length;
          if (size > MAX_BYTES)
            request.destroy(new Error(`${url} answers with more than ${MAX_BYTES} bytes`));
          parts.push(part);
        });
        response.on('error', reject);
        response.on('end', () => {
          try {
            if (response.statusCode !== 200) throw new Error(`${url} answers ${response.statusCode}`);
            const value: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
            if (typeof value !== 'object' || value === null) throw new Error(`${url} answers no JSON object`);
            resolve(value as Record<string, unknown>);
          } catch (error) {
            reject(error);
          }
        });
      },
    );
    request.on('error', reject);
  });
