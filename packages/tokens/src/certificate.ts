import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { der } from './der.ts';

export interface CertificateRequest {
  /** commonName of the one certified; the organisation is always Leman. */
  commonName: string;
  /** commonName of the one who signs. */
  issuerName: string;
  publicKey: KeyObject;
  issuerKey: KeyObject;
  notBefore: number;
  notAfter: number;
  /** Host names and IP addresses; a CA has none. */
  hosts?: readonly string[];
  isAuthority: boolean;
}

const ecdsaWithSha256 = der.sequence(der.identifier('1.2.840.10045.4.3.2'));
const ORGANISATION = 'Leman';

const attribute = (type: string, value: string): Buffer =>
  der.set(der.sequence(der.identifier(type), der.text(value)));
const name = (commonName: string): Buffer =>
  der.sequence(attribute('2.5.4.10', ORGANISATION), attribute('2.5.4.3', commonName));
const publicBytes = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
/** The identifier of a key: 160 bits of its hash (RFC 7093 method 1). */
const keyIdentifier = (key: KeyObject): Buffer =>
  createHash('sha256').update(publicBytes(key)).digest().subarray(0, 20);
const extension = (type: string, value: Buffer, critical = false): Buffer =>
  der.sequence(der.identifier(type), ...(critical ? [der.truth()] : []), der.octets(value));

/** The 4 or 16 bytes of an IP address. */
const addressBytes = (address: string): Buffer => {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const groups = (text: string | undefined): string[] => (text ? text.split(':') : []);
  const [before, after] = [groups(head), groups(tail)];
  const middle = new Array<string>(8 - before.length - after.length).fill('0');
  return Buffer.from(
    [...before, ...middle, ...after].flatMap((group) => [
      Number.parseInt(group, 16) >> 8,
      Number.parseInt(group, 16) & 0xff,
    ]),
  );
};

const alternativeNames = (hosts: readonly string[]): Buffer =>
  der.sequence(
    ...hosts.map((host) =>
      isIP(host)
        ? der.context(7, addressBytes(host), false)
        : der.context(2, Buffer.from(host, 'latin1'), false),
    ),
  );

/** An X.509 version 3 certificate (RFC 5280) in PEM, signed with ECDSA P-256. */
export const makeCertificate = (request: CertificateRequest): string => {
  const serial = randomBytes(16);
  serial[0]! &= 0x7f;
  serial[0]! |= 0x40;
  const extensions = request.isAuthority
    ? [
        extension('2.5.29.19', der.sequence(der.truth()), true),
        // keyCertSign, cRLSign
        extension('2.5.29.15', der.bits(Buffer.of(0x06), 1), true),
      ]
    : [
        extension('2.5.29.19', der.sequence(), true),
        // digitalSignature
        extension('2.5.29.15', der.bits(Buffer.of(0x80), 7), true),
        extension(
          '2.5.29.37',
          der.sequence(der.identifier('1.3.6.1.5.5.7.3.1'), der.identifier('1.3.6.1.5.5.7.3.2')),
        ),
        extension('2.5.29.17', alternativeNames(request.hosts ?? [])),
      ];
  const content = der.sequence(
    der.context(0, der.integer(Buffer.of(2))),
    der.integer(serial),
    ecdsaWithSha256,
    name(request.issuerName),
    der.sequence(der.time(request.notBefore), der.time(request.notAfter)),
    name(request.commonName),
    publicBytes(request.publicKey),
    der.context(
      3,
      der.sequence(
        ...extensions,
        extension('2.5.29.14', der.octets(keyIdentifier(request.publicKey))),
        extension(
          '2.5.29.35',
          der.sequence(der.context(0, keyIdentifier(createPublicKey(request.issuerKey)), false)),
        ),
      ),
    ),
  );
  const signature = sign('sha256', content, request.issuerKey);
  const whole = der.sequence(content, ecdsaWithSha256, der.bits(signature)).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${whole.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
};

/**
 * The name OpenSSL looks a CA up by in a certificate directory: the first four bytes, little-endian, of SHA-1 over the
 * canonical name (UTF-8, lower case, single spaces; sets without the outer sequence). X509_NAME_hash(3).
 */
export const subjectHash = (commonName: string): string => {
  const canonical = (value: string): string => value.trim().replaceAll(/\s+/g, ' ').toLowerCase();
  const sets = [attribute('2.5.4.10', canonical(ORGANISATION)), attribute('2.5.4.3', canonical(commonName))];
  const digest = createHash('sha1').update(Buffer.concat(sets)).digest();
  return digest.readUInt32LE(0).toString(16).padStart(8, '0');
};
