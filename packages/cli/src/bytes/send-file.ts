import { type Readable, Transform } from 'node:stream';
import { createAdler32 } from '@leman/contracts';
import { type Protocols, StorageError, sameChecksum } from '@leman/protocols';

/** Bytes to send; opened anew for each try. */
export interface Source {
  bytes: number;
  open(): Readable;
  /** adler32, 8 hex digits. */
  checksum(): Promise<string>;
}

/**
 * Brings bytes to their address at a storage, reading them once, and holds the storage's checksum against what was read.
 * What lies there already, from an upload that was cut short, is taken when it is the same, else replaced.
 *
 * @param moved told of bytes that went out
 * @param doubted what lies there is read, as its checksum at the storage may be older than its damage
 * @returns adler32 of what was sent
 */
export const sendFile = async (
  protocols: Protocols,
  from: Source,
  door: { pfn: string; token: string },
  moved: (bytes: number) => void,
  doubted = false,
): Promise<string> => {
  const { pfn, token } = door;
  const protocol = protocols.of(pfn);
  const put = async (overwrite: boolean): Promise<string> => {
    const sum = createAdler32();
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        sum.update(chunk);
        moved(chunk.length);
        done(null, chunk);
      },
    });
    const source = from.open();
    source.on('error', (error) => counted.destroy(error));
    counted.on('close', () => source.destroy());
    await protocol.put(pfn, source.pipe(counted), { token, size: from.bytes, overwrite });
    return sum.digest();
  };
  const there = () => protocol.checksum(pfn, 'adler32', { token });
  const read = async () => {
    const sum = createAdler32();
    for await (const chunk of (await protocol.get(pfn, { token })).body) sum.update(chunk as Buffer);
    return sum.digest();
  };
  let sent: string;
  try {
    sent = await put(false);
  } catch (error) {
    if (!(error instanceof StorageError && error.class === 'exists')) throw error;
    const mine = await from.checksum();
    if (sameChecksum(mine, await (doubted ? read() : there()))) {
      moved(from.bytes);
      return mine;
    }
    sent = await put(true);
  }
  const stored = await there();
  if (!sameChecksum(sent, stored)) {
    throw new Error(
      `the storage has adler32 ${stored}, this file ${sent}. Was it changed meanwhile? Upload it again.`,
    );
  }
  return sent;
};
