import { randomBytes } from 'node:crypto';
import type { Client } from '@leman/client';

/** A file that the probe may write and read, and nothing else. */
export interface Door {
  rse: string;
  pfn: string;
  token: string;
}

export interface Doors {
  /** A new name at an RSE, with a token for it. */
  open(rse: string): Promise<Door>;
  /** A token to delete that file. */
  deletion(door: Door): Promise<string>;
}

/** Places for the files of a probe, by the lake's own paths and tokens; nothing is registered in the catalogue. */
export const openDoors = (client: Client, scope: string): Doors => ({
  async open(rse) {
    const name = `leman-probe-${randomBytes(6).toString('hex')}`;
    const [door] = await client.replicas.storageTokens([{ rse, scope, name, operation: 'write' }]);
    return { rse, pfn: door!.pfn, token: door!.token };
  },
  async deletion({ rse, pfn }) {
    const signed = await client.replicas.signUrl(rse, pfn, 'delete');
    return new URL(signed).searchParams.get('authz') ?? '';
  },
});
