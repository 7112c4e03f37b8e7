import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

const COST = { N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 1024 * 1024 };
const KEY_BYTES = 32;

const derive = (password: string, salt: Uint8Array): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, COST, (error, key) => (error ? reject(error) : resolve(key)));
  });

export interface PasswordHash {
  salt: Buffer;
  hash: Buffer;
}

/** scrypt of a password with a fresh salt (N 2^14, r 8, p 5: one of the settings OWASP names). */
export const hashPassword = async (password: string): Promise<PasswordHash> => {
  const salt = randomBytes(16);
  return { salt, hash: await derive(password, salt) };
};

/**
 * A farm of jobs logs in with the same credentials within seconds: a password found right is known for a minute, as
 * a MAC under a key of this process.
 */
const REMEMBER_MS = 60_000;
const MAX_REMEMBERED = 1000;
const processKey = randomBytes(32);
const remembered = new Map<string, number>();

const nobody: PasswordHash = { salt: randomBytes(16), hash: randomBytes(KEY_BYTES) };

/**
 * Whether a password is the one that was hashed. Without a hash (unknown user) it takes as long and is false.
 */
export const checkPassword = async (password: string, stored: PasswordHash | undefined): Promise<boolean> => {
  const { salt, hash } = stored ?? nobody;
  const mac = createHmac('sha256', processKey).update(salt).update(hash).update(password).digest('base64');
  if ((remembered.get(mac) ?? 0) > performance.now()) return true;
  const same = timingSafeEqual(await derive(password, salt), hash);
  if (!same || !stored) return false;
  remembered.delete(mac);
  if (remembered.size >= MAX_REMEMBERED) remembered.delete(remembered.keys().next().value!);
  remembered.set(mac, performance.now() + REMEMBER_MS);
  return true;
};
