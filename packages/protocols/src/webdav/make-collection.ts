import type { StorageProtocol } from '../storage-protocol.ts';
import { calling, parentOf } from './calling.ts';
import { answerError } from './classify.ts';
import { drain, type HttpClient, httpUrl } from './http-client.ts';

/** `mkdir` of the contract: parents are made when the storage says they are missing. */
export const createMkdir = (client: HttpClient): StorageProtocol['mkdir'] => {
  const mkdir: StorageProtocol['mkdir'] = async (url, options) => {
    const answer = await client.call({
      ...calling(options, 'destination'),
      method: 'MKCOL',
      url: `${url.replace(/\/+$/, '')}/`,
      accept: [404, 405, 409],
    });
    const text = await drain(answer.body);
    if (answer.status === 405 || answer.status < 300) return;
    const parent = parentOf(url);
    if (httpUrl(parent).pathname === '/' || parent === url)
      throw answerError('MKCOL', { ...answer, text }, options?.side ?? 'destination', 'prepare');
    await mkdir(parent, options);
    const again = await client.call({
      ...calling(options, 'destination'),
      method: 'MKCOL',
      url: `${url.replace(/\/+$/, '')}/`,
      accept: [405],
    });
    await drain(again.body);
  };
  return mkdir;
};
