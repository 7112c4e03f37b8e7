import type { DidName } from '@leman/client';
import { type ErrorName, errorRegistry, type FieldError, fail } from '@leman/contracts';

/** A file's own name as the lake takes it: letters, digits, dot, dash and underscore. */
const legalName = (name: string): string => {
  const plain = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^[._-]+/, '');
  return (plain || 'file').slice(-250);
};

/** The name of a file that came alone or in a folder: the folder stays part of it, as in `run7/raw/001.fits`. */
export const nameOfFile = (file: File & { relativePath?: string; path?: string }): string => {
  const path = file.webkitRelativePath || file.relativePath || file.path || file.name;
  const pieces = path.split('/').filter((piece) => piece !== '' && piece !== '.');
  return pieces
    .map(legalName)
    .join('/')
    .slice(-250)
    .replace(/^[^A-Za-z0-9]+/, '');
};

/** Workers that rest: starting one takes longer than a small file's checksum. */
const resting: Worker[] = [];

/** The adler32 of a file, made in a worker so that the page stays quick. */
const sumFile = (file: File, signal: AbortSignal): Promise<string> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const worker =
      resting.pop() ?? new Worker(new URL('./sum-worker.ts', import.meta.url), { type: 'module' });
    const stop = () => {
      worker.terminate();
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop);
    worker.onmessage = ({ data }: MessageEvent<{ sum?: string; error?: string }>) => {
      signal.removeEventListener('abort', stop);
      resting.push(worker);
      if (data.sum) resolve(data.sum);
      else reject(new Error(data.error));
    };
    worker.onerror = (event) => {
      signal.removeEventListener('abort', stop);
      worker.terminate();
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
