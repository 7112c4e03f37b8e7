import type { CallOptions } from '../storage-protocol.ts';

/** What every call hands on of its options; errors are reported for the given side unless the options say another. */
export const calling = (options: CallOptions | undefined, side: 'source' | 'destination') => ({
  token: options?.token,
  signal: options?.signal,
  answerMs: options?.answerMs,
  side: options?.side ?? side,
  phase: options?.phase ?? ('prepare' as const),
});

/** URL of the collection a URL lies in, without query and without a slash at its end. */
export const parentOf = (url: string) =>
  url
    .replace(/[?#].*$/, '')
    .replace(/\/+$/, '')
    .replace(/\/[^/]+$/, '');
