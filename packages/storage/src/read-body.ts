import { fail } from '@leman/contracts';
import { type Exchange, letBodyCome } from './exchange.ts';

/** A small body as text. @throws PayloadTooLarge 413 */
export const readBody = async (exchange: Exchange, atMostBytes = 64 * 1024): Promise<string> => {
  letBodyCome(exchange);
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of exchange.request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > atMostBytes) throw fail('PayloadTooLarge', `The body is larger than ${atMostBytes} bytes.`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
};
