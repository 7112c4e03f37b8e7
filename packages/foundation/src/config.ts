import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fail } from '@leman/contracts';
import type { XStatic } from 'typebox/schema';
import { checkValue, type ValueSchema } from './config-check.ts';
import { configSchema, type storageSchema } from './config-schema.ts';

export type StorageConfig = XStatic<typeof storageSchema>;
type Given = XStatic<typeof configSchema>;
type Settled =
  | 'home'
  | 'host'
  | 'port'
  | 'empty'
  | 'logLevel'
  | 'tokenLifetime'
  | 'storageTokenLifetime'
  | 'ruleDeletionDelay'
  | 'ownerMayDeleteRules'
  | 'backgroundLocks';
/** A configuration with its defaults filled in. */
export type Config = Omit<Given, Settled | 'storages'> &
  Required<Pick<Given, Settled>> & { storages: StorageConfig[] };
export type ConfigKey = keyof typeof configSchema.properties;

type Property = ValueSchema & { default?: unknown; env?: string; secret?: boolean; description: string };
export const configProperties = configSchema.properties as unknown as Record<ConfigKey, Property>;

/** `LEMAN_RULE_DELETION_DELAY` of `ruleDeletionDelay`. */
export const environmentName = (key: ConfigKey): string =>
  configProperties[key].env ?? `LEMAN_${key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

const fromText = (property: Property, text: string): unknown => {
  if (property.type === 'integer' && /^-?\d+$/.test(text)) return Number(text);
  if (property.type === 'boolean' && /^(true|1|yes)$/i.test(text)) return true;
  if (property.type === 'boolean' && /^(false|0|no)$/i.test(text)) return false;
  return text;
};

const readYaml = async (file: string): Promise<Record<string, unknown>> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw fail(
      'ConfigurationError',
      `${file} cannot be read (${error.code}). Make it readable, or move it away.`,
    );
  });
  if (text === '') return {};
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text) ?? {};
  } catch (error) {
    throw fail('ConfigurationError', `${file} is not YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw fail('ConfigurationError', `${file} must hold one "key: value" per line.`);
  }
  return value as Record<string, unknown>;
};

const forbidden = new Map([
  ['home', 'the file lies in it'],
  ['adminPassword', 'a password does not belong into a file; set LEMAN_ADMIN_PASSWORD'],
]);

/**
 * The configuration: flags over environment (LEMAN_*) over HOME/leman.yaml over defaults. `home` comes out absolute.
 *
 * @throws ConfigurationError that names the place, the key and what is expected, for an unknown key or a wrong value.
 */
export const loadConfig = async (options: {
  flags: Partial<Record<ConfigKey, unknown>>;
  environment: NodeJS.ProcessEnv;
}): Promise<Config> => {
  const { flags, environment } = options;
  const home = resolve(String(flags.home ?? (environment.LEMAN_HOME || configProperties.home.default)));
  const file = join(home, 'leman.yaml');
  const config: Record<string, unknown> = {};
  const set = (key: string, value: unknown, place: string) => {
    const property = Object.hasOwn(configProperties, key) ? configProperties[key as ConfigKey] : undefined;
    if (!property) {
      throw fail(
        'ConfigurationError',
        `${place}: there is no setting "${key}". There are: ${Object.keys(configProperties).join(', ')}.`,
      );
    }
    const problem = checkValue(property, value);
    if (problem) throw fail('ConfigurationError', `${place}: ${key}${problem}`);
    config[key] = value;
  };
  for (const [key, property] of Object.entries(configProperties)) {
    if (property.default !== undefined) config[key] = property.default;
  }
  for (const [key, value] of Object.entries(await readYaml(file))) {
    const why = forbidden.get(key);
    if (why) throw fail('ConfigurationError', `${file}: "${key}" cannot be set here: ${why}.`);
    set(key, value, file);
  }
  for (const key of Object.keys(configProperties) as ConfigKey[]) {
    const name = environmentName(key);
    const text = environment[name];
    if (text !== undefined && text !== '') set(key, fromText(configProperties[key], text), name);
  }
  for (const [key, value] of Object.entries(flags)) {
    if (value !== undefined)
      set(key, value, `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  }
  return { ...config, home } as unknown as Config;
};
