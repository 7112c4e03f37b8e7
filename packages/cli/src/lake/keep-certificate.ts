import type { Log } from '@leman/foundation';
import { ensureLocalCa, type LocalCa } from '@leman/tokens';

const EVERY_MS = 12 * 60 * 60 * 1000;

/**
 * Renews the host certificate in time while the lake runs, and hands the new one to those who use it.
 *
 * @returns ends the watch
 */
export const keepCertificate = (options: {
  directory: string;
  hosts: readonly string[];
  present: LocalCa;
  use(renewed: { cert: string; key: string }): void;
  log: Log;
  everyMs?: number;
}): (() => void) => {
  let { cert } = options.present;
  const look = () => {
    try {
      const renewed = ensureLocalCa(options.directory, { hosts: options.hosts });
      if (renewed.cert === cert) return;
      cert = renewed.cert;
      options.use(renewed);
      options.log.info('the host certificate was renewed');
    } catch (error) {
      options.log.error(
        { err: error },
        'the host certificate could not be renewed; the next try is in 12 hours',
      );
    }
  };
  const timer = setInterval(look, options.everyMs ?? EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
};
