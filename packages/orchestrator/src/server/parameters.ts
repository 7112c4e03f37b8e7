import { fail } from '@leman/contracts';

/** Reading of request parameters, with the errors of the field for what is missing or of the wrong kind. */
export type Parameters = Readonly<Record<string, unknown>>;

/**
 * A value that must be there (null counts as there).
 * @throws KeyError (400) `'x' not defined`.
 */
export const required = (parameters: Parameters, name: string): unknown => {
  if (!Object.hasOwn(parameters, name)) throw fail('KeyError', `'${name}' not defined`);
  return parameters[name];
};

/**
 * A value that must be text of a bounded length.
 * @throws KeyError, TypeError (400)
 */
export const requiredText = (parameters: Parameters, name: string, longest = 255): string => {
  const value = required(parameters, name);
  if (typeof value !== 'string' || value === '') throw fail('TypeError', `'${name}' must be a text.`);
  if (value.length > longest) throw fail('InvalidObject', `'${name}' is longer than ${longest} characters.`);
  return value;
};

/**
 * Text of a bounded length; null when absent, null or empty.
 * @throws TypeError, InvalidObject (400)
 */
export const optionalText = (parameters: Parameters, name: string, longest = 255): string | null => {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (value === undefined || value === null || value === '') return null;
  return requiredText({ [name]: value }, name, longest);
};

/**
 * A whole number, also as text (query parameters); undefined when absent or null.
 * @throws TypeError (400) for anything else, or out of bounds.
 */
export const optionalInteger = (
  parameters: Parameters,
  name: string,
  { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number } = {},
): number | undefined => {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < min || number > max) {
    const bounds =
      max < Number.MAX_SAFE_INTEGER
        ? ` from ${min} to ${max}`
        : min > Number.MIN_SAFE_INTEGER
          ? ` of at least ${min}`
          : '';
    throw fail('TypeError', `'${name}' must be a whole number${bounds}.`);
  }
  return number;
};

/**
 * A boolean as the field writes it: true, false, or the texts True, False, true, false, 1, 0.
 * @throws TypeError (400) `'x' must be a boolean type.`
 */
export const optionalBoolean = (parameters: Parameters, name: string, otherwise: boolean): boolean => {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (value === undefined || value === null) return otherwise;
  if (value === true || value === 1 || (typeof value === 'string' && /^(true|1)$/i.test(value))) return true;
  if (value === false || value === 0 || (typeof value === 'string' && /^(false|0)$/i.test(value)))
    return false;
  throw fail('TypeError', `'${name}' must be a boolean type.`);
};

/** The first value of a query parameter; undefined when absent or empty. */
export const queryText = (query: unknown, name: string): string | undefined => {
  const value = (query as Record<string, string | string[] | undefined>)[name];
  return (Array.isArray(value) ? value[0] : value) || undefined;
};
