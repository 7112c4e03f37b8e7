import { FieldError, fail } from '@leman/contracts';
import { isFull, storageFull } from './space.ts';

/** What errors of the file system mean to a client: mostly that others changed the same place at the same time. */
const meanings: Record<string, () => FieldError> = {
  ENOENT: () => fail('NotFound', 'It is gone by now. Look again.'),
  ENOTDIR: () => fail('InvalidPath', 'A name on the way is not a directory. Choose another path.'),
  EISDIR: () => fail('MethodNotAllowed', 'There is a directory of this name. Choose another name.'),
  EEXIST: () =>
    fail('FileAlreadyExists', 'There is something of this name by now. Look again.', { status: 412 }),
  ENOTEMPTY: () =>
    fail('FileAlreadyExists', 'There is something of this name by now. Look again.', { status: 412 }),
  ENAMETOOLONG: () => fail('InvalidPath', 'The path is too long for the file system. Choose a shorter one.'),
  EMFILE: () => fail('ResourceTemporaryUnavailable', 'Too many files are open. Try again.'),
  ENFILE: () => fail('ResourceTemporaryUnavailable', 'Too many files are open. Try again.'),
  EROFS: () => fail('ResourceTemporaryUnavailable', 'The storage can only be read at the moment.'),
};

/** Turns anything thrown into an error of the registry; unknown ones say nothing of the inside. */
export const asStorageError = (error: unknown): FieldError => {
  if (error instanceof FieldError) return error;
  if (isFull(error)) return storageFull(error);
  const code = String((error as { code?: unknown } | undefined)?.code ?? '');
  const meaning = Object.hasOwn(meanings, code) ? meanings[code]?.() : undefined;
  return (
    meaning ??
    fail('RucioException', `Internal error${code ? ` (${code})` : ''}. The server's log says more.`, {
      cause: error,
    })
  );
};
