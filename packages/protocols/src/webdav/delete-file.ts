import type { StorageProtocol } from '../storage-protocol.ts';
import { calling } from './calling.ts';
import { drain, type HttpClient } from './http-client.ts';

/** `delete` of the contract; conditions are checked here too, for storages that ignore them. */
export const createDelete =
  (client: HttpClient, stat: StorageProtocol['stat']): StorageProtocol['delete'] =>
  async (url, options) => {
    const { onlyIf } = options ?? {};
    if (onlyIf && (onlyIf.size !== undefined || onlyIf.etag)) {
      const now = await stat(url, options);
      if (!now) return 'absent';
      if (
        (onlyIf.size !== undefined && now.size !== onlyIf.size) ||
        (onlyIf.etag && now.etag && now.etag !== onlyIf.etag)
      )
        return 'changed';
    }
    const answer = await client.call({
      ...calling(options, 'destination'),
      method: 'DELETE',
      url,
      ...(onlyIf?.etag ? { headers: { 'if-match': onlyIf.etag } } : {}),
      accept: [404, 410, 412],
    });
    await drain(answer.body);
    if (answer.status === 412) return 'changed';
    return answer.status >= 400 ? 'absent' : 'deleted';
  };
