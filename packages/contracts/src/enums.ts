/**
 * Enumerations of the field: the name travels on the wire, the letter is stored
 * (rucio.db.sqla.constants; reference: Rucio REST contract 2.1).
 */
export const didTypes = { FILE: 'F', DATASET: 'D', CONTAINER: 'C', ARCHIVE: 'A' } as const;
export const didAvailabilities = { AVAILABLE: 'A', LOST: 'L', DELETED: 'D' } as const;
export const replicaStates = {
  AVAILABLE: 'A',
  UNAVAILABLE: 'U',
  COPYING: 'C',
  BEING_DELETED: 'B',
  BAD: 'D',
  TEMPORARY_UNAVAILABLE: 'T',
} as const;
export const badFileStates = {
  BAD: 'B',
  DELETED: 'D',
  LOST: 'L',
  RECOVERED: 'R',
  SUSPICIOUS: 'S',
  TEMPORARY_UNAVAILABLE: 'T',
} as const;
export const ruleStates = {
  REPLICATING: 'R',
  OK: 'O',
  STUCK: 'S',
  SUSPENDED: 'U',
  WAITING_APPROVAL: 'W',
  INJECT: 'I',
} as const;
export const ruleGroupings = { ALL: 'A', DATASET: 'D', NONE: 'N' } as const;
export const ruleNotifications = { YES: 'Y', NO: 'N', CLOSE: 'C', PROGRESS: 'P' } as const;
export const lockStates = { REPLICATING: 'R', OK: 'O', STUCK: 'S' } as const;
export const requestTypes = {
  TRANSFER: 'T',
  UPLOAD: 'U',
  DOWNLOAD: 'D',
  STAGEIN: 'I',
  STAGEOUT: 'O',
} as const;
export const requestStates = {
  QUEUED: 'Q',
  SUBMITTING: 'G',
  SUBMITTED: 'S',
  FAILED: 'F',
  DONE: 'D',
  LOST: 'L',
  NO_SOURCES: 'N',
  ONLY_TAPE_SOURCES: 'O',
  SUBMISSION_FAILED: 'A',
  MISMATCH_SCHEME: 'M',
  SUSPEND: 'U',
  WAITING: 'W',
  PREPARING: 'P',
} as const;
export const rseTypes = { DISK: 'DISK', TAPE: 'TAPE' } as const;
export const accountTypes = { USER: 'USER', GROUP: 'GROUP', SERVICE: 'SERVICE' } as const;
export const accountStatuses = { ACTIVE: 'ACTIVE', SUSPENDED: 'SUSPENDED', DELETED: 'DELETED' } as const;
export const identityTypes = {
  X509: 'X509',
  GSS: 'GSS',
  USERPASS: 'USERPASS',
  SSH: 'SSH',
  SAML: 'SAML',
  OIDC: 'OIDC',
} as const;
export const scopeStatuses = { OPEN: 'O', CLOSED: 'C', DELETED: 'D' } as const;
export const metadataKeyTypes = {
  ALL: 'ALL',
  COLLECTION: 'COLLECTION',
  CONTAINER: 'CONTAINER',
  DATASET: 'DATASET',
  FILE: 'FILE',
  DERIVED: 'DERIVED',
} as const;

type Letters = Readonly<Record<string, string>>;

/** Name of a stored letter, e.g. `nameOf(replicaStates, 'A') === 'AVAILABLE'`; the letter itself when unknown. */
export const nameOf = (enumeration: Letters, letter: string): string => {
  for (const name in enumeration) if (enumeration[name] === letter) return name;
  return letter;
};

/** Stored letter for a name or a letter, case as on the wire; undefined when it is neither. */
export const letterOf = <E extends Letters>(enumeration: E, value: unknown): E[keyof E] | undefined => {
  if (typeof value !== 'string') return undefined;
  if (Object.hasOwn(enumeration, value)) return enumeration[value] as E[keyof E];
  for (const name in enumeration) if (enumeration[name] === value) return value as E[keyof E];
  return undefined;
};
