import { FieldError } from '@leman/contracts';

/** Runs a call whose effect may be there already, from a start that was cut short. */
export const unlessThere = async (call: Promise<unknown>): Promise<void> => {
  await call.catch((error: unknown) => {
    const there = [
      'Duplicate',
      'DataIdentifierAlreadyExists',
      'FileAlreadyExists',
      'DuplicateContent',
      'DuplicateRule',
    ];
    if (!(error instanceof FieldError && there.includes(error.name))) throw error;
  });
};
