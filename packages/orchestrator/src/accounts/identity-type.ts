import { fail, identityTypes } from '@leman/contracts';

export type IdentityType = keyof typeof identityTypes;

/**
 * The identity type of a name, whatever its case.
 * @throws ValueError (400)
 */
export const identityTypeOf = (name: string): IdentityType => {
  const type = name.toUpperCase();
  if (Object.hasOwn(identityTypes, type)) return type as IdentityType;
  throw fail(
    'ValueError',
    `Invalid identity type. Valid types are: ${Object.keys(identityTypes).join(', ')}.`,
  );
};
