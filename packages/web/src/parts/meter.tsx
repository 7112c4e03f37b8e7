import { sayShare } from './format.ts';
import classes from './parts.module.css';
import type { Tone } from './state.tsx';

/**
 * Shares of a whole, as a bar: solid is what is there, hatched what is not there yet. The words beside it have to say
 * the same; `label` says it to those who do not see.
 */
export const Meter = ({
  parts,
  whole,
  label,
}: {
  parts: { tone: Tone | 'water' | 'full'; value: number }[];
  whole: number;
  label: string;
}) => (
  <div className={classes.meter} role="img" aria-label={`${label}: ${sayShare(parts[0]?.value ?? 0, whole)}`}>
    {parts.map(({ tone, value }) =>
      value > 0 && whole > 0 ? (
        <span key={tone} data-tone={tone} style={{ width: `${Math.min(100, (100 * value) / whole)}%` }} />
      ) : null,
    )}
  </div>
);
