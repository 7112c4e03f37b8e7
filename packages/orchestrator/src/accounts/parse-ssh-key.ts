import { createPublicKey, type KeyObject } from 'node:crypto';

/** The strings of an SSH wire blob (RFC 4251 section 5: 32 bit length, bytes); undefined when it is cut short. */
export const sshStrings = (blob: Buffer): Buffer[] | undefined => {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < blob.length) {
    if (at + 4 > blob.length) return undefined;
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return undefined;
    parts.push(blob.subarray(at + 4, end));
    at = end;
  }
  return parts;
};

const unsigned = (integer: Buffer): string => {
  let start = 0;
  while (start < integer.length - 1 && integer[start] === 0) start += 1;
  return integer.subarray(start).toString('base64url');
};

const MIN_BITS = 2048;

/**
 * The RSA key of an OpenSSH public key line, `ssh-rsa <base64> comment` (RFC 4253 section 6.6); undefined when it is
 * none, or shorter than 2048 bits.
 */
export const parseSshKey = (line: string): KeyObject | undefined => {
  const [kind, base64] = line.trim().split(/\s+/);
  if (kind !== 'ssh-rsa' || !base64 || base64.length > 4096) return undefined;
  const parts = sshStrings(Buffer.from(base64, 'base64'));
  if (parts?.length !== 3 || parts[0]!.toString('latin1') !== 'ssh-rsa') return undefined;
  try {
    const key = createPublicKey({
      format: 'jwk',
      key: { kty: 'RSA', e: unsigned(parts[1]!), n: unsigned(parts[2]!) },
    });
    return (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_BITS ? key : undefined;
  } catch {
    return undefined;
  }
};
