import { fail } from '@leman/contracts';
import type { Lake } from '../lake.ts';

export interface ConfigEntry {
  section: string;
  option: string;
  value: unknown;
}

const LONGEST_NAME = 128;
const LONGEST_VALUE = 4000;

const textOf = ({ section, option, value }: ConfigEntry): string => {
  const text = value === true ? 'True' : value === false ? 'False' : String(value);
  const isPlain = ['string', 'number', 'boolean'].includes(typeof value);
  if (
    !isPlain ||
    section === '' ||
    option === '' ||
    section.length > LONGEST_NAME ||
    option.length > LONGEST_NAME ||
    text.length > LONGEST_VALUE
  ) {
    throw fail(
      'ConfigurationError',
      `Could not set the value for section '${section.slice(0, LONGEST_NAME)}' option '${option.slice(0, LONGEST_NAME)}'. Values are text, numbers or booleans of at most ${LONGEST_VALUE} characters, names of at most ${LONGEST_NAME}.`,
    );
  }
  return text;
};

/**
 * Sets options, all of them or none.
 * @throws ConfigurationError (400)
 */
export const setConfig = async ({ sql, clock }: Lake, entries: readonly ConfigEntry[]): Promise<void> => {
  const values = entries.map(textOf);
  await sql`
    insert into config (section, option, value, updated_at)
    select section, option, value, ${new Date(clock.now())}
    from unnest(${entries.map((e) => e.section)}::text[], ${entries.map((e) => e.option)}::text[], ${values}::text[])
      as e (section, option, value)
    on conflict (section, option) do update set value = excluded.value, updated_at = excluded.updated_at`;
};
