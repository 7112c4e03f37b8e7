import type { TestLake } from '../../src/testing/test-lake.ts';

/** What a good call may name: made once, or anew for each call. */
export interface World {
  lake: TestLake;
  /** A name that nothing has yet: lower-case letters and digits. */
  fresh(): string;
  /** The id of a new rule on a new dataset. */
  rule(): Promise<string>;
}

export interface GoodCall {
  /** Method and path as the route is declared. */
  route: string;
  /** What stands for the `:names` in it; `x` for those left out. */
  params?: (world: World) => Record<string, string> | Promise<Record<string, string>>;
  body: (world: World) => unknown;
  /** Keys of the body without which the call is refused. */
  needs?: readonly string[];
  /** Refused as it is: what the lake does not do, or what is not there. */
  refused?: true;
}

export const file = (name: string) => ({
  scope: 'test',
  name,
  bytes: 10,
  adler32: '00000001',
  md5: '0123456789abcdef0123456789abcdef',
  state: 'A',
  meta: { guid: '01234567-89ab-cdef-0123-456789abcdef', events: 3 },
});
export const known = { scope: 'test', name: 'f.0' };
export const dataset = { scope: 'test', name: 'ds' };
