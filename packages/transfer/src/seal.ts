import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readOrMake } from '@leman/tokens';

interface FileTokens {
  source: string | undefined;
  destination: string | undefined;
}

export interface Seal {
  /** nonce (12) + tag (16) + ciphertext; undefined when there is nothing to keep. */
  close(tokens: FileTokens, name: string): Buffer | undefined;
  /** The tokens; none when they were sealed under another key or name: they are then as good as expired. */
  open(sealed: Uint8Array | null | undefined, name: string): FileTokens;
}

/**
 * Seals the tokens of waiting files with AES-256-GCM under a key that only the state directory holds, so that a dump
 * of the database gives nothing away. `name` binds a seal to its row. Without a directory the key ends with the process.
 */
export const createSeal = (stateDir: string | undefined): Seal => {
  const make = () => randomBytes(32).toString('hex');
  const key = Buffer.from(
    stateDir === undefined ? make() : readOrMake(join(stateDir, 'seal.key'), 0o600, make).trim(),
    'hex',
  );
  return {
    close(tokens, name) {
      if (!tokens.source && !tokens.destination) return undefined;
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name));
      const content = Buffer.concat([
        cipher.update(JSON.stringify([tokens.source ?? null, tokens.destination ?? null]), 'utf8'),
        cipher.final(),
      ]);
      return Buffer.concat([nonce, cipher.getAuthTag(), content]);
    },
    open(sealed, name) {
      if (!sealed) return { source: undefined, destination: undefined };
      try {
        const bytes = Buffer.from(sealed);
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
          .setAAD(Buffer.from(name))
          .setAuthTag(bytes.subarray(12, 28));
        const text = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
        const [source, destination] = JSON.parse(text) as (string | null)[];
        return { source: source ?? undefined, destination: destination ?? undefined };
      } catch {
        return { source: undefined, destination: undefined };
      }
    },
  };
};
