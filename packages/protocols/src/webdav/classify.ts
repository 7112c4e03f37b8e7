import { type ErrorClassName, type Phase, type Side, StorageError } from '../storage-error.ts';

const byCode: Record<string, ErrorClassName> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  EADDRNOTAVAIL: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'connect-timeout',
  ABORT_ERR: 'canceled',
};

/** Class of an HTTP status that a storage answered; undefined for one that means success. */
const classOfStatus = (status: number, body = ''): ErrorClassName | undefined => {
  if (status < 300) return undefined;
  if (status === 507 || /no space left|quota exceeded|disk quota|insufficient storage/i.test(body))
    return 'full';
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'denied';
  if (status === 404 || status === 410) return 'missing';
  if (status === 412 || status === 409) return 'exists';
  if (status === 405 || status === 501) return 'unsupported';
  if (status === 408 || status === 425) return 'timeout';
  if (status === 429 || status === 503) return 'overloaded';
  if (status >= 500) return 'server-error';
  return 'bad-request';
};

/** Class of an error of the socket, TLS included. */
export const classOfSocketError = (error: NodeJS.ErrnoException): ErrorClassName => {
  const code = error.code ?? '';
  if (error.name === 'AbortError') return 'canceled';
  if (byCode[code]) return byCode[code];
  if (
    /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|ERR_OSSL|EPROTO|HOSTNAME_MISMATCH)/.test(code)
  )
    return 'tls';
  return code.startsWith('HPE_') ? 'server-error' : 'reset';
};

/**
 * An error of the socket in words. Of an authority that is not known Node says what helps with Node; this says what
 * helps here.
 */
export const saySocketError = ({ code = '', message }: NodeJS.ErrnoException): string =>
  /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/.test(code)
    ? `its certificate is signed by an authority that is not known here (${code}). Name the PEM of that authority: "leman login URL --ca FILE", or authorities.pem in the home of a lake`
    : message || code;

/**
 * Where and why a third-party copy failed, from the text after `failure:`. The active storage reports what its
 * partner said by status or by a sentence of curl; everything about space is about the destination.
 */
export const classOfCopyFailure = (
  text: string,
  mode: 'pull' | 'push',
): { side: Side; class: ErrorClassName; httpStatus?: number } => {
  const passive: Side = mode === 'pull' ? 'source' : 'destination';
  if (/no space left|quota exceeded|disk quota|insufficient storage|\b507\b|ENOSPC/i.test(text)) {
    return { side: 'destination', class: 'full' };
  }
  // Ours tell it in the words of OpenSSL, behind a status of their own.
  if (/UNABLE_TO_(VERIFY|GET_ISSUER)|SELF_SIGNED_CERT|CERT_(HAS_EXPIRED|UNTRUSTED)|ERR_TLS_CERT/.test(text))
    return { side: passive, class: 'tls' };
  const status = /status(?: code)?[: ]+(\d{3})|^\s*(\d{3})\b|HTTP[ /](?:1\.1 )?(\d{3})/i.exec(text);
  const httpStatus = Number(status?.[1] ?? status?.[2] ?? status?.[3]);
  if (/source has the (adler32|md5|checksum)/i.test(text)) return { side: 'source', class: 'checksum' };
  if (/checksum|digest|adler32/i.test(text)) return { side: 'transfer', class: 'checksum' };
  if (/(size|length|bytes).*(mismatch|differ|expected)|truncated|partial file/i.test(text))
    return { side: 'transfer', class: 'size' };
  if (/file exists|already exists|EEXIST/i.test(text)) return { side: 'destination', class: 'exists' };
  if (httpStatus >= 300 && httpStatus < 600) {
    return { side: passive, class: classOfStatus(httpStatus) ?? 'failure', httpStatus };
  }
  if (/resolve host|resolve proxy|name or service not known|ENOTFOUND/i.test(text))
    return { side: passive, class: 'dns' };
  if (/couldn't connect|could not connect|connection refused|ECONNREFUSED|unreachable/i.test(text))
    return { side: passive, class: 'refused' };
  if (/\b(ssl|tls|certificate|peer.*cert)/i.test(text)) return { side: passive, class: 'tls' };
  if (/stalled|no (data|bytes?) |too slow|low speed/i.test(text)) return { side: passive, class: 'stalled' };
  if (/timed? ?out|timeout/i.test(text)) return { side: passive, class: 'timeout' };
  if (/reset by peer|ECONNRESET|empty reply|recv failure|send failure|connection closed/i.test(text))
    return { side: passive, class: 'reset' };
  if (/no such file|not found|ENOENT/i.test(text)) return { side: passive, class: 'missing' };
  if (/permission denied|not authori[sz]ed|forbidden/i.test(text))
    return { side: 'transfer', class: 'failure' };
  return { side: 'transfer', class: 'failure' };
};

/** The error of an unwanted answer. */
export const answerError = (
  what: string,
  answer: { status: number; host: string; text: string },
  side: Side,
  phase: Phase,
): StorageError => {
  const line = answer.text.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
  return new StorageError(`${answer.host} answered ${answer.status} to ${what}${line ? `: ${line}` : ''}`, {
    side,
    phase,
    class: classOfStatus(answer.status, answer.text) ?? 'server-error',
    host: answer.host,
    httpStatus: answer.status,
    body: answer.text,
  });
};
