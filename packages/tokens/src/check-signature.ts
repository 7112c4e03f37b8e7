import { constants, type KeyObject, verify } from 'node:crypto';

const MIN_RSA_BITS = 2048;

const isCurve = (key: KeyObject, name: string): boolean =>
  key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === name;
const isRsa = (key: KeyObject): boolean =>
  key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS;

/**
 * Whether a signature over `content` is good. The key decides which algorithms are possible, never the token alone:
 * symmetric ones and `none` do not exist here (RFC 8725).
 */
export const checkSignature = (
  algorithm: string,
  key: KeyObject,
  content: Buffer,
  signature: Buffer,
): boolean => {
  switch (algorithm) {
    case 'ES256':
      return (
        isCurve(key, 'prime256v1') && verify('sha256', content, { key, dsaEncoding: 'ieee-p1363' }, signature)
      );
    case 'ES384':
      return (
        isCurve(key, 'secp384r1') && verify('sha384', content, { key, dsaEncoding: 'ieee-p1363' }, signature)
      );
    case 'RS256':
    case 'RS384':
    case 'RS512':
      return isRsa(key) && verify(`sha${algorithm.slice(2)}`, content, key, signature);
    case 'PS256':
      return (
        isRsa(key) &&
        verify(
          'sha256',
          content,
          { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
          signature,
        )
      );
    case 'EdDSA':
      return key.asymmetricKeyType === 'ed25519' && verify(null, content, key, signature);
    default:
      return false;
  }
};
