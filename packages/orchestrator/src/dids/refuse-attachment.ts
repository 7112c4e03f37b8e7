import { fail } from '@leman/contracts';
import type { Did } from './find-dids.ts';

/** A child that may not be attached, and why. */
export interface AttachProblem {
  parent: number;
  scope: string;
  name: string;
  problem: 'missing' | 'type' | 'lost' | 'bytes' | 'adler32' | 'md5' | 'attached';
}

/** `scope:name`. */
export const full = (did: { scope: string; name: string }) => `${did.scope}:${did.name}`;

/** The error of the field for a child that may not be attached. */
export const refuseAttachment = (problem: AttachProblem, parent: Did) => {
  const child = full(problem);
  switch (problem.problem) {
    case 'missing':
      return fail(
        'DataIdentifierNotFound',
        `Data identifier '${child}' not found. Register it before attaching it.`,
      );
    case 'lost':
      return fail(
        'UnsupportedOperation',
        `File ${child} is LOST and cannot be attached. Register a copy of it first.`,
      );
    case 'type':
      return parent.did_type === 'C'
        ? fail(
            'UnsupportedOperation',
            `Adding a file (${child}) to a container (${full(parent)}) is forbidden. Attach it to a dataset.`,
          )
        : fail(
            'UnsupportedOperation',
            `Data identifier ${child} is no file and cannot be added to ${full(parent)}. Use a container.`,
          );
    case 'attached':
      return parent.did_type === 'D'
        ? fail(
            'FileAlreadyExists',
            `File ${child} is already in dataset ${full(parent)}. Use ignore_duplicate to attach the rest.`,
          )
        : fail(
            'DuplicateContent',
            `${child} is already in ${full(parent)}. Use ignore_duplicate to attach the rest.`,
          );
    default:
      return fail(
        'FileConsistencyMismatch',
        `${problem.problem} mismatch for '${child}': what you sent differs from the catalogue. A name stands for the same bytes for ever.`,
      );
  }
};
