import { type ConfigKey, configProperties, environmentName, loadConfig } from '@leman/foundation/config';
import type { Context } from '../context.ts';

/** The settings in force, with the variable that changes each; or the reference page. */
export const showConfig = async (
  context: Context,
  _words: [],
  options: { markdown?: boolean },
): Promise<void> => {
  if (options.markdown) {
    const { configDocs } = await import('@leman/foundation/config-docs');
    process.stdout.write(configDocs());
    return;
  }
  const config = await loadConfig({ flags: { home: context.home }, environment: process.env });
  const keys = Object.keys(configProperties) as ConfigKey[];
  const shown = keys.map((key) => {
    const value = config[key];
    const hidden = configProperties[key].secret || key === 'databaseUrl';
    return {
      setting: key,
      value: hidden && value !== undefined ? '(set)' : (value ?? null),
      environment: environmentName(key),
    };
  });
  await context.out.rows(
    shown,
    [
      { title: 'SETTING', text: ({ setting }) => setting },
      {
        title: 'VALUE',
        text: ({ value }) =>
          value === null
            ? '-'
            : Array.isArray(value)
              ? value.map(({ rse }) => rse).join(', ')
              : String(value),
      },
      {
        title: 'ENVIRONMENT',
        text: ({ environment, setting }) => (setting === 'storages' ? '(file only)' : environment),
      },
    ],
    '',
  );
};
