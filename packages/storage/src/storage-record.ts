import type { StorageContext } from './context.ts';
import { type Exchange, sendText } from './exchange.ts';

export const storageRecordPath = '/.well-known/wlcg-srr';

/**
 * The storage resource record of WLCG (schema 4): what the storage is and how full. Names no objects, so it is open
 * to everybody, as accounting needs it. Always current, because it comes from counters.
 */
export const sendStorageRecord = (
  context: StorageContext,
  { request, response }: Pick<Exchange, 'request' | 'response'>,
): void => {
  const { total, used, files } = context.space.report();
  const now = Math.floor(context.clock.now() / 1000);
  const isSecure = 'encrypted' in request.socket;
  const record = {
    storageservice: {
      name: context.name,
      id: context.name,
      implementation: 'Leman',
      implementationversion: '0.1.0',
      qualitylevel: 'production',
      latestupdate: now,
      storagecapacity: { online: { totalsize: total, usedsize: used, reservedsize: 0 } },
      storageendpoints: [
        {
          name: `${context.name}-https`,
          endpointurl: `${isSecure ? 'https' : 'http'}://${request.headers.host ?? [...context.authorities][0]}/`,
          interfacetype: isSecure ? 'davs' : 'dav',
          interfaceversion: '1',
          capabilities: ['data.transfer', 'data.management.storage'],
          qualitylevel: 'production',
          assignedshares: ['all'],
        },
      ],
      storageshares: [
        {
          name: context.name,
          path: ['/'],
          vos: ['all'],
          timestamp: now,
          totalsize: total,
          usedsize: used,
          numberoffiles: files,
          servingstate: 'open',
          accesslatency: 'online',
          retentionpolicy: 'replica',
          assignedendpoints: ['all'],
        },
      ],
    },
  };
  sendText(response, 200, JSON.stringify(record), { 'Content-Type': 'application/json' });
};
