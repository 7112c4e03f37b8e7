export { type Adler32, createAdler32 } from './adler32.ts';
export * from './enums.ts';
export * from './errors.ts';
export * from './reasons.ts';
