import { fail } from '@leman/contracts';

/** Names that may be created, of the field's generic policy. Reference: Rucio REST contract 2.2. */
const schemas = {
  account: { pattern: /^[a-z0-9-_]+$/, longest: 25 },
  scope: { pattern: /^[a-zA-Z_\-.0-9]+$/, longest: 25 },
  rse: { pattern: /^[A-Z0-9]+([_-][A-Z0-9]+)*$/, longest: 255 },
  account_attribute: { pattern: /^[a-zA-Z0-9-_\\/.]{1,30}$/, longest: 30 },
} as const;

/**
 * Text that follows one of the schemas.
 * @throws InvalidObject (400), saying what is allowed.
 */
export const checkSchema = (schema: keyof typeof schemas, value: unknown): string => {
  const { pattern, longest } = schemas[schema];
  if (typeof value === 'string' && value.length <= longest && pattern.test(value)) return value;
  const shown =
    typeof value === 'string'
      ? `'${value.slice(0, 60)}'`
      : `A value of the type ${value === null ? 'null' : typeof value}`;
  throw fail(
    'InvalidObject',
    `Problem validating ${schema}: ${shown} does not match ${pattern.source} with at most ${longest} characters.`,
  );
};
