import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { type Clock, systemClock } from '@leman/foundation';
import { makeCertificate, subjectHash } from './certificate.ts';
import { readOrMake, replaceFile } from './write-once.ts';

export interface LocalCa {
  /** PEM of the CA certificate, and where it lies. */
  ca: string;
  caFile: string;
  /** PEM of the host certificate and its key, and where they lie. */
  cert: string;
  key: string;
  certFile: string;
  keyFile: string;
  /** Directory for X509_CERT_DIR. */
  certificatesDirectory: string;
}

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
const HOST_DAYS = 365;
/** Renewed when less than this is left, so that a restart a month is enough. */
const RENEW_BEFORE_DAYS = 90;
/** Clocks of clients may be behind. */
const BACKDATED_MS = 3_600_000;

const newKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string;

const readCertificate = (file: string): X509Certificate | undefined => {
  try {
    return new X509Certificate(readFileSync(file));
  } catch {
    return undefined;
  }
};

/** Whether a certificate belongs to the key and lasts long enough from now. */
const holds = (
  certificate: X509Certificate | undefined,
  key: KeyObject,
  now: number,
): certificate is X509Certificate =>
  certificate?.checkPrivateKey(key) === true &&
  Date.parse(certificate.validTo) - now > RENEW_BEFORE_DAYS * DAY_MS;

/**
 * A certificate authority of this machine: made at first use in `home`, keys with mode 0600. Signs one host
 * certificate for localhost, the loopback addresses and `hosts`; renews it before it ends or when a host is added.
 */
export const ensureLocalCa = (
  home: string,
  options: { hosts?: readonly string[]; clock?: Clock } = {},
): LocalCa => {
  const now = (options.clock ?? systemClock).now();
  const [caFile, certFile, keyFile] = [
    join(home, 'ca.pem'),
    join(home, 'host.pem'),
    join(home, 'host-key.pem'),
  ];
  const certificatesDirectory = join(home, 'certificates');
  const issuerKey = createPrivateKey(readOrMake(join(home, 'ca-key.pem'), 0o600, newKey));
  const keyText = readOrMake(keyFile, 0o600, newKey);
  const key = createPrivateKey(keyText);
  // One name per key, so that the CAs of two lakes never stand in each other's place.
  const fingerprint = createPublicKey(issuerKey)
    .export({ format: 'jwk' })
    .x!.replaceAll(/[^a-zA-Z0-9]/g, '')
    .slice(0, 8);
  const issuerName = `Leman local CA ${fingerprint}`;
  const common = { issuerName, issuerKey, notBefore: now - BACKDATED_MS };

  if (!holds(readCertificate(caFile), issuerKey, now)) {
    const notAfter = now + AUTHORITY_DAYS * DAY_MS;
    replaceFile(
      caFile,
      0o644,
      makeCertificate({
        ...common,
        commonName: issuerName,
        publicKey: createPublicKey(issuerKey),
        notAfter,
        isAuthority: true,
      }),
    );
  }
  const ca = readFileSync(caFile, 'utf8');
  replaceFile(join(certificatesDirectory, `${subjectHash(issuerName)}.0`), 0o644, ca);

  const hosts = [...new Set(['localhost', '127.0.0.1', '::1', ...(options.hosts ?? [])])];
  const present = readCertificate(certFile);
  const isCovered = (host: string): boolean =>
    (isIP(host) ? present?.checkIP(host) : present?.checkHost(host)) !== undefined;
  if (!holds(present, key, now) || !present.verify(createPublicKey(issuerKey)) || !hosts.every(isCovered)) {
    replaceFile(
      certFile,
      0o644,
      makeCertificate({
        ...common,
        commonName: options.hosts?.[0]?.slice(0, 64) ?? 'localhost',
        publicKey: createPublicKey(key),
        notAfter: now + HOST_DAYS * DAY_MS,
        hosts,
        isAuthority: false,
      }),
    );
  }
  return {
    ca,
    caFile,
    cert: readFileSync(certFile, 'utf8'),
    key: keyText,
    certFile,
    keyFile,
    certificatesDirectory,
  };
};
