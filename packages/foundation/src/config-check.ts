/** The part of JSON Schema that the configuration uses. */
export interface ValueSchema {
  type: 'string' | 'integer' | 'boolean' | 'array' | 'object';
  enum?: readonly string[];
  pattern?: string;
  minLength?: number;
  minimum?: number;
  maximum?: number;
  items?: ValueSchema;
  required?: readonly string[];
  properties?: Readonly<Record<string, ValueSchema>>;
}

const kindOf = (value: unknown): string =>
  Array.isArray(value)
    ? 'a list'
    : value === null
      ? 'empty'
      : typeof value === 'object'
        ? 'a dictionary'
        : JSON.stringify(value);

const nouns = {
  string: 'a text',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a dictionary',
};

/** What is wrong with a value, as the end of a sentence that starts with its name; undefined when it is right. */
export const checkValue = (schema: ValueSchema, value: unknown): string | undefined => {
  const actual = Array.isArray(value)
    ? 'array'
    : value === null
      ? 'null'
      : Number.isSafeInteger(value)
        ? 'integer'
        : typeof value;
  if (actual !== schema.type) return ` must be ${nouns[schema.type]}, not ${kindOf(value)}.`;
  if (schema.enum && !schema.enum.includes(value as string))
    return ` must be one of ${schema.enum.join(', ')}, not ${kindOf(value)}.`;
  if (schema.minLength !== undefined && (value as string).length < schema.minLength)
    return ` must have ${schema.minLength} characters or more.`;
  if (schema.pattern && !new RegExp(schema.pattern).test(value as string))
    return ` must match ${schema.pattern}, not ${kindOf(value)}.`;
  if (schema.minimum !== undefined && (value as number) < schema.minimum)
    return ` must be ${schema.minimum} or more, not ${value}.`;
  if (schema.maximum !== undefined && (value as number) > schema.maximum)
    return ` must be ${schema.maximum} or less, not ${value}.`;
  if (schema.items) {
    for (const [index, item] of (value as unknown[]).entries()) {
      const problem = checkValue(schema.items, item);
      if (problem) return `[${index}]${problem}`;
    }
  }
  if (schema.properties) {
    for (const key of schema.required ?? [])
      if (!Object.hasOwn(value as object, key)) return `.${key} is missing.`;
    for (const [key, item] of Object.entries(value as object)) {
      const property = Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
      if (!property) return `.${key} is not known. There are: ${Object.keys(schema.properties).join(', ')}.`;
      const problem = checkValue(property, item);
      if (problem) return `.${key}${problem}`;
    }
  }
  return undefined;
};
