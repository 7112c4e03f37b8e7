import { fail } from '@leman/contracts';
import type { StorageContext } from './context.ts';
import { copyLocally } from './copy-local.ts';
import { isOwnUrl } from './destination.ts';
import type { Exchange } from './exchange.ts';
import { pullObject } from './pull-object.ts';
import { pushObject } from './push-object.ts';
import { checkTransferHeaders } from './transfer-request.ts';

/**
 * COPY has two meanings: with Source it is a pull; with a Destination on this storage it is the copy of RFC 4918; with
 * any other Destination it is a push.
 * @throws MissingParameter 400 without either or with both
 */
export const copyObject = (context: StorageContext, exchange: Exchange): Promise<void> => {
  const { source, destination } = exchange.request.headers as { source?: string; destination?: string };
  if ((source === undefined) === (destination === undefined)) {
    throw fail(
      'MissingParameter',
      'COPY needs either the header Source (to fetch) or Destination (to send).',
    );
  }
  checkTransferHeaders(exchange);
  if (source !== undefined) return pullObject(context, exchange, source);
  return isOwnUrl(context, exchange, destination!)
    ? copyLocally(context, exchange, destination!)
    : pushObject(context, exchange, destination!);
};
