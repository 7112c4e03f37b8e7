import { parseDate } from '@leman/client';
import { Tooltip } from '@mantine/core';
import { useSettings } from '../app/settings.tsx';
import { sayBytes, sayCount, sayExactTime, sayTime } from './format.ts';

/** A size in SI units; the exact one in the tooltip. */
export const Bytes = ({ value }: { value: number | null | undefined }) => {
  if (value === null || value === undefined) return <span title="unknown">–</span>;
  return (
    <Tooltip label={Number.isFinite(value) ? `${sayCount(value)} bytes` : 'no limit'}>
      <span>{sayBytes(value)}</span>
    </Tooltip>
  );
};

/** A moment, in the zone that the person has chosen; the whole date in the tooltip. Takes wire dates and ISO. */
export const When = ({ at, none = '–' }: { at: string | Date | null | undefined; none?: string }) => {
  const { zone } = useSettings();
  const date = at instanceof Date ? at : parseDate(at);
  if (!date) return <span>{none}</span>;
  return (
    <Tooltip label={sayExactTime(date, zone)}>
      <time dateTime={date.toISOString()}>{sayTime(date, zone)}</time>
    </Tooltip>
  );
};
