/**
 * JSON Schemas (2020-12) that carry the TypeScript type of what they describe: a shape is written once, and
 * `Static<typeof schema>` is its type. They are plain objects made by these few functions: nothing is loaded for them,
 * and services import only the types.
 */
declare const described: unique symbol;

export interface Schema<T = unknown> {
  readonly [described]: T;
}

/** The type of the values that a schema describes. */
export type Static<S> = S extends Schema<infer T> ? T : never;

type Shapes = Readonly<Record<string, Schema>>;
type None = Record<never, never>;
type Values<P extends Shapes, O extends Shapes> = { [K in keyof P]: Static<P[K]> } & {
  [K in keyof O]?: Static<O[K]>;
};
type Flat<T> = { [K in keyof T]: T[K] };

const schema = <T>(keywords: object): Schema<T> => keywords as Schema<T>;

export const text = (description: string) => schema<string>({ type: 'string', description });
export const truth = (description: string) => schema<boolean>({ type: 'boolean', description });
/** A whole number; a description tells its unit. */
export const whole = (description: string) => schema<number>({ type: 'integer', description });
/** A whole number from 0. */
export const count = (description: string) => schema<number>({ type: 'integer', minimum: 0, description });
/** ISO 8601 in UTC. */
export const time = (description: string) =>
  schema<string>({ type: 'string', format: 'date-time', description });
/** One of some words. */
export const oneOf = <const W extends readonly string[]>(words: W, description: string) =>
  schema<W[number]>({ type: 'string', enum: words, description });
/** A list of things. */
export const list = <S extends Schema>(items: S, description: string) =>
  schema<Static<S>[]>({ type: 'array', items, description });
/** A dictionary from names to values of one kind. */
export const byName = <S extends Schema>(values: S, description: string) =>
  schema<Record<string, Static<S>>>({ type: 'object', additionalProperties: values, description });
/** Anything that JSON can say. */
export const anything = (description: string) => schema<unknown>({ description });

/** An object with all of `properties`, and of `optional` those that there are. */
export const object = <P extends Shapes, O extends Shapes = None>(
  description: string,
  properties: P,
  optional?: O,
) =>
  schema<Flat<Values<P, O>>>({
    type: 'object',
    description,
    properties: { ...properties, ...optional },
    required: Object.keys(properties),
  });

/** The same, or null; `description` says what null means. */
export const orNull = <T>(value: Schema<T>, description?: string): Schema<T | null> =>
  schema<T | null>({ anyOf: [value, { type: 'null' }], ...(description ? { description } : {}) });
