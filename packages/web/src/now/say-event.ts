import type { LakeEventMessage } from '@leman/client';
import { sayBytes } from '../parts/format.ts';
import type { Tone } from '../parts/state.tsx';

export interface EventSentence {
  tone: Tone;
  /** What happened, e.g. `Copied`. */
  what: string;
  /** What it happened to: a name in the lake, when there is one. */
  did?: { scope: string; name: string };
  rule?: string;
  /** The rest of the sentence. */
  rest: string;
}

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** An event of the field as a sentence. Unknown ones keep their own name. */
export const sayEvent = ({ type, payload }: LakeEventMessage): EventSentence => {
  const [scope, name] = [text(payload.scope), text(payload.name)];
  const source = text(payload['src-rse'] ?? payload.src_rse);
  const destination = text(payload['dst-rse'] ?? payload.dst_rse ?? payload.rse);
  const bytes = Number(payload['file-size'] ?? payload.bytes ?? Number.NaN);
  const reason = text(payload.reason);
  const size = Number.isFinite(bytes) && bytes > 0 ? `, ${sayBytes(bytes)}` : '';
  const way = source && destination ? `${source} → ${destination}` : destination ? `to ${destination}` : '';
  const rule = text(payload.rule_id);
  const common = { ...(scope && name ? { did: { scope, name } } : {}), ...(rule ? { rule } : {}) };
  switch (type) {
    case 'transfer-queued':
      return { tone: 'waiting', what: 'Queued', rest: way, ...common };
    case 'transfer-submitted':
      return { tone: 'moving', what: 'On the way', rest: `${way}${size}`, ...common };
    case 'transfer-done':
      return { tone: 'ok', what: 'Copied', rest: `${way}${size}`, ...common };
    case 'transfer-failed':
    case 'transfer-submission_failed':
      return { tone: 'failed', what: 'Failed', rest: [way, reason].filter(Boolean).join(': '), ...common };
    case 'deletion-planned':
      return { tone: 'waiting', what: 'To be deleted', rest: `at ${destination}`, ...common };
    case 'deletion-done':
      return { tone: 'unknown', what: 'Deleted', rest: `at ${destination}${size}`, ...common };
    case 'deletion-failed':
      return { tone: 'failed', what: 'Not deleted', rest: `at ${destination}: ${reason}`, ...common };
    case 'RULE_OK':
    case 'rule-ok':
      return { tone: 'ok', what: 'Rule complete', rest: text(payload.rse_expression), ...common };
    case 'DATASETLOCK_OK':
      return { tone: 'ok', what: 'Dataset complete', rest: `at ${destination}`, ...common };
    case 'CREATE_DTS':
      return { tone: 'unknown', what: 'New dataset', rest: `by ${text(payload.account)}`, ...common };
    case 'REGISTER_CNT':
    case 'REGISTER_DTS':
    case 'ADD':
      return {
        tone: 'unknown',
        what: 'Attached',
        rest: payload.childname ? `holds ${text(payload.childscope)}:${text(payload.childname)} now` : '',
        ...common,
      };
    case 'CREATE_CNT':
      return { tone: 'unknown', what: 'New container', rest: `by ${text(payload.account)}`, ...common };
    default:
      return { tone: 'unknown', what: type, rest: destination, ...common };
  }
};
