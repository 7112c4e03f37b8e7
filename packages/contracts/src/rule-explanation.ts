/** Answer of `GET /rules/{id}/explain`: why a rule is where it is. Times are ISO 8601 in UTC, sizes bytes. */
export interface RuleExplanation {
  rule: string;
  scope: string;
  name: string;
  rse_expression: string;
  copies: number;
  /** State by name, e.g. `REPLICATING`. */
  state: string;
  /** One sentence for people. */
  summary: string;
  progress: {
    files: number;
    bytes: number;
    ok: RuleExplanationCount;
    replicating: RuleExplanationCount;
    stuck: RuleExplanationCount;
  };
  /** What keeps the missing copies, biggest first. Empty when nothing is missing. */
  causes: RuleExplanationCause[];
  /** Left out when there is no measured rate to tell from. */
  expected_end?: { at: string; from: string };
}

export interface RuleExplanationCount {
  files: number;
  bytes: number;
}

export interface RuleExplanationCause {
  /** Reason code (contracts/reasons). */
  reason: string;
  /** The reason as a sentence, facts filled in. */
  say: string;
  since: string | null;
  files: number;
  bytes: number;
  /** Where the copies should be; null when the cause is of the whole rule. */
  destination: string | null;
  examples: RuleExplanationFile[];
}

export interface RuleExplanationFile {
  scope: string;
  name: string;
  rse: string | null;
  bytes: number | null;
  say?: string;
  source: string | null;
  since: string | null;
  attempts: number;
  /** Errors of the last attempts in full, newest first. */
  last_errors: { at: string; source: string | null; error: string }[];
}
