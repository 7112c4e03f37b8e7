import type { DidName } from '@leman/client';
import { type ErrorName, errorRegistry, type FieldError, fail } from '@leman/contracts';

/** A file's own name as the lake takes it: letters, digits, dot, dash and underscore. */
export const legalName = (name: string): string => {
  const plain = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^[._-]+/, '');
  return (plain || 'file').slice(-250);
};

/** The adler32 of a file, made in a worker so that the page stays quick. */
const sumFile = (file: File, signal: AbortSignal): Promise<string> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./sum-worker.ts', import.meta.url), { type: 'module' });
    const end = () => worker.terminate();
    signal.addEventListener('abort', () => {
      end();
      reject(signal.reason);
    });
    worker.onmessage = ({ data }: MessageEvent<{ sum?: string; error?: string }>) => {
      end();
      if (data.sum) resolve(data.sum);
      else reject(new Error(data.error));
    };
    worker.onerror = (event) => {
      end();
      reject(new Error(event.message || 'The checksum could not be made.'));
    };
    worker.postMessage(file);
  });

const readRefusal = (request: XMLHttpRequest): FieldError => {
  try {
    const { ExceptionClass, ExceptionMessage } = JSON.parse(request.responseText) as Record<string, string>;
    const name =
      ExceptionClass && Object.hasOwn(errorRegistry, ExceptionClass)
        ? (ExceptionClass as ErrorName)
        : 'RucioException';
    return fail(name, ExceptionMessage ?? name, { status: request.status });
  } catch {
    return fail('RucioException', `The lake answered ${request.status}. Nothing was registered.`, {
      status: request.status,
    });
  }
};

export interface SendFile {
  file: File;
  rse: string;
  did: DidName;
  dataset: DidName;
  signal: AbortSignal;
  /** The checksum is made, bytes begin to move. */
  onStart(): void;
  /** Bytes sent so far. */
  onProgress(sent: number): void;
}

/** Sends a file to a storage and registers it in a dataset. XMLHttpRequest, because fetch tells nothing of progress. */
export const sendFile = async ({
  file,
  rse,
  did,
  dataset,
  signal,
  onStart,
  onProgress,
}: SendFile): Promise<void> => {
  const sum = await sumFile(file, signal);
  onStart();
  const path = [rse, did.scope, did.name].map(encodeURIComponent).join('/');
  const parent = encodeURIComponent(`${dataset.scope}:${dataset.name}`);
  await new Promise<void>((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', `/ui/api/files/${path}?dataset=${parent}`);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.setRequestHeader('X-Adler32', sum);
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onload = () => (request.status < 300 ? resolve() : reject(readRefusal(request)));
    request.onerror = () =>
      reject(
        fail(
          'ResourceTemporaryUnavailable',
          'The connection broke. Nothing was registered; drop the file again.',
        ),
      );
    request.onabort = () => reject(signal.reason);
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
};
