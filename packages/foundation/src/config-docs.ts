import { type ConfigKey, configProperties, environmentName } from './config.ts';
import type { ValueSchema } from './config-check.ts';
import { storageSchema } from './config-schema.ts';

const kindOf = (schema: ValueSchema): string => {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  const range = [
    schema.minimum !== undefined ? `from ${schema.minimum}` : '',
    schema.maximum !== undefined ? `to ${schema.maximum}` : '',
  ].filter(Boolean);
  const names = {
    string: 'text',
    integer: 'whole number',
    boolean: 'true or false',
    array: 'list',
    object: 'dictionary',
  };
  return [names[schema.type], ...range].join(' ');
};

const flags: Partial<Record<ConfigKey, string>> = {
  home: '`--home`',
  host: '`--host`',
  port: '`--port`',
  empty: '`--empty`',
  logLevel: '`--log-level`',
};

const sayDefault = (value: unknown): string =>
  value === undefined ? '' : Array.isArray(value) ? `${value.length} of them, below` : `\`${String(value)}\``;

/** The reference page of the configuration (docs/reference/configuration.md), made from its schema. */
export const configDocs = (): string => {
  const properties = Object.entries(configProperties) as [ConfigKey, (typeof configProperties)[ConfigKey]][];
  const rows = properties.map(([key, property]) => {
    const inFile = key !== 'home' && !property.secret;
    const environment = key === 'storages' ? '' : `\`${environmentName(key)}\``;
    return `| ${inFile ? `\`${key}\`` : ''} | ${environment} | ${flags[key] ?? ''} | ${kindOf(property)} | ${sayDefault(property.default)} | ${property.description} |`;
  });
  const storages = Object.entries(storageSchema.properties).map(
    ([key, property]) => `| \`${key}\` | ${kindOf(property)} | ${property.description} |`,
  );
  const sample = (configProperties.storages.default as Record<string, unknown>[]).map((storage) =>
    Object.entries(storage)
      .map(([key, value], index) => `${index === 0 ? '  - ' : '    '}${key}: ${String(value)}`)
      .join('\n'),
  );
  return `# Configuration

Made from the schema by \`leman config --markdown\`. A setting is taken from the command line, else from the environment,
else from \`leman.yaml\` in the home, else from its default. An unknown key or a wrong value stops the start with a
sentence that names it. \`leman config\` shows what is in force.

| in \`leman.yaml\` | environment | flag | kind | default | |
|---|---|---|---|---|---|
${rows.join('\n')}

## storages

The storage elements that Leman runs itself, one entry each. They are made known to the catalogue at the start that
first sees them; later changes to attributes and limits are made there (\`leman rse set\`).

| key | kind | |
|---|---|---|
${storages.join('\n')}

The default:

\`\`\`yaml
storages:
${sample.join('\n')}
\`\`\`
`;
};
