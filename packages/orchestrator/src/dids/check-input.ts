import { didTypes, fail, letterOf, replicaStates } from '@leman/contracts';
import { checkSchema } from '../server/schemas.ts';

/** A DID as clients send it when they make or attach something. */
export interface DidInput {
  scope: string;
  name: string;
  type?: 'F' | 'D' | 'C';
  bytes?: number;
  adler32?: string;
  md5?: string;
  meta?: Record<string, unknown>;
  state?: 'A' | 'U' | 'C' | 'B' | 'D' | 'T';
  pfn?: string;
  rules?: Record<string, unknown>[];
  account?: string;
}

const MAX_ITEMS = 1000;
const MAX_NAME = 250;
const NAME = /^[/A-Za-z0-9][/A-Za-z0-9.\-_]*$/;
const ADLER32 = /^[a-fA-F\d]{8}$/;
const MD5 = /^[a-fA-F\d]{32}$/;
const GUID = /^\{?[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\}?$/;
const known = new Set(['scope', 'name', 'type', 'meta', 'rules', 'bytes', 'adler32', 'md5', 'state', 'pfn']);

const bad = (what: string) => fail('InvalidObject', `Problem validating dids: ${what}`);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Shows a value of somebody else's in an error: short, in one piece. */
export const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
};

/** @throws InvalidObject 400: a name as new DIDs may have it (contract 2.2) */
export const checkNewName = (scope: unknown, name: unknown): void => {
  checkSchema('scope', scope);
  if (typeof name !== 'string' || name.length > MAX_NAME || !NAME.test(name)) {
    throw bad(
      `name ${shown(name)} must be at most ${MAX_NAME} letters, digits, '/', '.', '-' or '_' and begin with a letter, digit or '/'.`,
    );
  }
};

/** @throws InvalidObject 400 unless it is a list of 1 to 1000 entries */
export const checkList = (
  value: unknown,
  what: string,
  limits: { min?: number; max?: number } = {},
): unknown[] => {
  const { min = 1, max = MAX_ITEMS } = limits;
  if (!Array.isArray(value)) throw bad(`${what} must be a list.`);
  if (value.length < min) throw bad(`${what} must not be empty.`);
  if (value.length > max)
    throw bad(`${what} has ${value.length} entries, at most ${max} are taken. Send several calls.`);
  return value;
};

const checkFacts = (item: Record<string, unknown>): void => {
  const { bytes, adler32, md5, state, pfn, meta, type } = item;
  if (bytes !== undefined && !(Number.isSafeInteger(bytes) && (bytes as number) >= 0)) {
    throw bad(`bytes ${shown(bytes)} must be a whole number of bytes, 0 or more.`);
  }
  if (adler32 !== undefined && adler32 !== null && !(typeof adler32 === 'string' && ADLER32.test(adler32))) {
    throw bad(`adler32 ${shown(adler32)} must be 8 hex digits.`);
  }
  if (md5 !== undefined && md5 !== null && !(typeof md5 === 'string' && MD5.test(md5))) {
    throw bad(`md5 ${shown(md5)} must be 32 hex digits.`);
  }
  if (state !== undefined && !letterOf(replicaStates, state))
    throw bad(`state ${shown(state)} is not a replica state.`);
  if (pfn !== undefined && pfn !== null && (typeof pfn !== 'string' || pfn.length > 2048))
    throw bad(`pfn ${shown(pfn)} must be a URL.`);
  if (type !== undefined && !letterOf(didTypes, type))
    throw bad(`type ${shown(type)} must be FILE, DATASET or CONTAINER.`);
  if (meta !== undefined && meta !== null) {
    if (!isObject(meta)) throw bad('meta must be a dictionary.');
    if (
      meta.guid !== undefined &&
      meta.guid !== null &&
      !(typeof meta.guid === 'string' && GUID.test(meta.guid))
    ) {
      throw bad(`guid ${shown(meta.guid)} must be a GUID.`);
    }
    if (meta.events !== undefined && meta.events !== null) {
      if (!Number.isSafeInteger(meta.events) || (meta.events as number) < 0)
        throw bad(`events ${shown(meta.events)} must be a whole number, 0 or more.`);
    }
  }
};

const asInput = (item: Record<string, unknown>): DidInput => {
  const input: DidInput = { scope: item.scope as string, name: item.name as string };
  if (item.bytes !== undefined) input.bytes = item.bytes as number;
  if (item.adler32) input.adler32 = item.adler32 as string;
  if (item.md5) input.md5 = item.md5 as string;
  if (item.meta) input.meta = item.meta as Record<string, unknown>;
  if (item.pfn) input.pfn = item.pfn as string;
  if (item.type !== undefined) input.type = letterOf(didTypes, item.type) as 'F' | 'D' | 'C';
  if (item.state !== undefined) input.state = letterOf(replicaStates, item.state)!;
  return input;
};

/**
 * The DIDs of a body that makes or attaches: strict on every field, unknown keys refused.
 * @throws InvalidObject 400
 */
export const checkDids = (
  value: unknown,
  limits: { min?: number; extra?: readonly string[] } = {},
): DidInput[] =>
  checkList(value, 'dids', limits).map((item) => {
    if (!isObject(item)) throw bad(`${shown(item)} must be a dictionary with scope and name.`);
    checkNewName(item.scope, item.name);
    for (const key in item) {
      if (!known.has(key) && !limits.extra?.includes(key)) throw bad(`${shown(key)} is not a key of a DID.`);
    }
    checkFacts(item);
    const input = asInput(item);
    if (limits.extra?.includes('account') && item.account !== undefined && item.account !== null) {
      if (typeof item.account !== 'string') throw bad(`account ${shown(item.account)} must be text.`);
      input.account = item.account;
    }
    return input;
  });

/**
 * The names of a body that reads: any text that holds a letter or digit.
 * @throws InvalidObject 400
 */
export const checkNames = (
  value: unknown,
  limits: { min?: number; max?: number } = {},
): { scope: string; name: string }[] =>
  checkList(value, 'dids', limits).map((item) => {
    if (!isObject(item)) throw bad(`${shown(item)} must be a dictionary with scope and name.`);
    const { scope, name } = item;
    for (const [what, text] of [
      ['scope', scope],
      ['name', name],
    ] as const) {
      if (typeof text !== 'string' || !/\w/.test(text) || text.length > 2 * MAX_NAME || text.includes('\0')) {
        throw bad(`${what} ${shown(text)} must be text.`);
      }
    }
    return { scope: scope as string, name: name as string };
  });
