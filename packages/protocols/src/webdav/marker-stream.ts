import type { Marker } from '../storage-protocol.ts';

/** How a marker stream ended. `abrupt`: the body ended without an outcome line. */
type CopyOutcome = { kind: 'success' } | { kind: 'failure' | 'aborted'; text: string } | { kind: 'abrupt' };

export interface MarkerReader {
  /** Takes the next piece of the body; true once the outcome is known and the rest does not matter. */
  push(text: string): boolean;
  /** The body has ended: a last line needs no newline. */
  end(): CopyOutcome;
  readonly bytes: number;
}

const LINE_LIMIT = 1023;
const STRIPE_LIMIT = 8192;

/**
 * Reads the body of a third-party copy as davix does: lines of at most 1,023 bytes, trimmed, known by their start
 * whatever the case. `success` ends it; `failure`, `failed` and `aborted` keep the text after the colon.
 */
export const createMarkerReader = (onMarker?: (marker: Marker) => void): MarkerReader => {
  let rest = '';
  let outcome: CopyOutcome | undefined;
  let stripe = 0;
  let stripeBytes = 0;
  let connections: string[] = [];
  const stripes = new Map<number, number>();
  let total = 0;

  const after = (line: string) => line.slice(line.indexOf(':') + 1).trim();
  const take = (raw: string) => {
    const line = raw.slice(0, LINE_LIMIT).trim();
    const lower = line.toLowerCase();
    if (lower.startsWith('perf marker')) {
      stripe = 0;
      stripeBytes = 0;
      connections = [];
    } else if (lower.startsWith('stripe index:'))
      stripe = Math.min(Number.parseInt(after(line), 10) || 0, STRIPE_LIMIT);
    else if (lower.startsWith('stripe bytes transferred:'))
      stripeBytes = Number.parseInt(after(line), 10) || 0;
    else if (lower.startsWith('remoteconnections:'))
      connections = after(line)
        .split(',')
        .map((text) => text.trim())
        .filter(Boolean);
    else if (lower.startsWith('end')) {
      stripes.set(stripe, Math.max(stripes.get(stripe) ?? 0, stripeBytes));
      total = [...stripes.values()].reduce((sum, value) => sum + value, 0);
      onMarker?.({ bytes: total, connections });
    } else if (lower.startsWith('success')) outcome = { kind: 'success' };
    else if (lower.startsWith('aborted')) outcome = { kind: 'aborted', text: after(line) || line };
    else if (lower.startsWith('failed') || lower.startsWith('failure'))
      outcome = { kind: 'failure', text: after(line) || line };
  };

  return {
    push(text) {
      rest += text;
      for (let at = rest.indexOf('\n'); at >= 0 && !outcome; at = rest.indexOf('\n')) {
        take(rest.slice(0, at));
        rest = rest.slice(at + 1);
      }
      // An endless line must not fill the memory.
      if (rest.length > 4 * LINE_LIMIT) rest = rest.slice(0, LINE_LIMIT);
      return outcome !== undefined;
    },
    end() {
      if (!outcome && rest) take(rest);
      return outcome ?? { kind: 'abrupt' };
    },
    get bytes() {
      return total;
    },
  };
};
