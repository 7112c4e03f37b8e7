/** What is stored as `true` or `false` travels as a boolean (attributes of accounts and of RSEs). */
export const wireAttribute = (value: string): string | boolean =>
  value === 'true' ? true : value === 'false' ? false : value;

/** Text as it is stored: booleans in lower case, whatever the case they were sent in. */
export const storedAttribute = (value: string): string =>
  /^(true|false)$/i.test(value) ? value.toLowerCase() : value;
