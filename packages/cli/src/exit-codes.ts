import { FieldError } from '@leman/contracts';

/** What the exit code of `leman` tells. */
export const exitCodes = {
  ok: 0,
  /** The lake refused, or the work failed. */
  failed: 1,
  /** Wrong words on the command line, or a wrong configuration. */
  usage: 2,
  /** What was named is not there. */
  notFound: 3,
  /** No login, or not allowed. */
  denied: 4,
  /** The lake does not answer. */
  unreachable: 5,
  /** Part of the work was done, part failed; the output tells which. */
  partial: 6,
  /** Leman runs in this home already. */
  alreadyRunning: 7,
} as const;

/** An end of a command with its own exit code; its message was made for people. */
export class CommandError extends Error {
  readonly code: number;
  constructor(code: keyof typeof exitCodes, message: string) {
    super(message);
    this.code = exitCodes[code];
  }
}

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
]);

/** The exit code and the one sentence of anything thrown. */
export const explainFailure = (error: unknown): { code: number; message: string } => {
  if (error instanceof CommandError) return { code: error.code, message: error.message };
  if (error instanceof FieldError) {
    const code =
      error.name === 'ResourceTemporaryUnavailable' && error.cause
        ? 'unreachable'
        : error.name === 'Duplicate' && error.facts?.pid
          ? 'alreadyRunning'
          : error.name === 'ConfigurationError'
            ? 'usage'
            : error.status === 404
              ? 'notFound'
              : error.status === 401 || error.status === 403
                ? 'denied'
                : 'failed';
    return { code: exitCodes[code], message: error.message };
  }
  const { code, cause, message } = (error ?? {}) as {
    code?: string;
    cause?: { code?: string };
    message?: string;
  };
  const system = code ?? cause?.code ?? '';
  if (system === 'EADDRINUSE') {
    const { address, port } = error as { address?: string; port?: number };
    return {
      code: exitCodes.failed,
      message: `Port ${port} of ${address} is taken by another program. Give another first port with --port N, or --port 0 for free ones.`,
    };
  }
  if (unreachable.has(system) || message === 'fetch failed') {
    return {
      code: exitCodes.unreachable,
      message: `The lake does not answer (${system || message}). Is it up? "leman up" starts one, "leman login URL" chooses another.`,
    };
  }
  return { code: exitCodes.failed, message: message ?? String(error) };
};
