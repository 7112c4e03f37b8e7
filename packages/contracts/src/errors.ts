/**
 * The one registry of errors. The names are the exception classes of the field (rucio.common.exception and the
 * few that Leman adds); clients decide by the name first, by the status second.
 *
 * status: the HTTP status most endpoints answer; an endpoint that differs says so where it throws.
 * retryable: whether the same call may succeed later without anybody changing it.
 */
export const errorRegistry = {
  AccessDenied: { status: 401, retryable: false },
  AccountNotFound: { status: 404, retryable: false },
  CannotAuthenticate: { status: 401, retryable: false },
  CannotAuthorize: { status: 401, retryable: false },
  ConfigNotFound: { status: 404, retryable: false },
  ConfigurationError: { status: 400, retryable: false },
  CounterNotFound: { status: 404, retryable: false },
  DIDFilterSyntaxError: { status: 400, retryable: false },
  DataIdentifierAlreadyExists: { status: 409, retryable: false },
  DataIdentifierNotFound: { status: 404, retryable: false },
  DatabaseException: { status: 503, retryable: true },
  Duplicate: { status: 409, retryable: false },
  DuplicateContent: { status: 409, retryable: false },
  DuplicateCriteriaInDIDFilter: { status: 400, retryable: false },
  DuplicateRule: { status: 409, retryable: false },
  FileAlreadyExists: { status: 409, retryable: false },
  FileConsistencyMismatch: { status: 412, retryable: false },
  IdentityError: { status: 401, retryable: false },
  IdentityNotFound: { status: 401, retryable: false },
  InputValidationError: { status: 400, retryable: false },
  InsufficientAccountLimit: { status: 409, retryable: false },
  InsufficientTargetRSEs: { status: 409, retryable: false },
  InvalidAccountType: { status: 400, retryable: false },
  InvalidMetadata: { status: 400, retryable: false },
  InvalidObject: { status: 400, retryable: false },
  InvalidPath: { status: 400, retryable: false },
  InvalidRSEExpression: { status: 400, retryable: false },
  InvalidReplicationRule: { status: 409, retryable: false },
  InvalidRuleWeight: { status: 409, retryable: false },
  InvalidSourceReplicaExpression: { status: 409, retryable: false },
  InvalidValueForKey: { status: 400, retryable: false },
  KeyError: { status: 400, retryable: false },
  KeyNotFound: { status: 404, retryable: false },
  ManualRuleApprovalBlocked: { status: 409, retryable: false },
  MethodNotAllowed: { status: 405, retryable: false },
  MissingParameter: { status: 400, retryable: false },
  NotFound: { status: 404, retryable: false },
  NotImplemented: { status: 501, retryable: false },
  PayloadTooLarge: { status: 413, retryable: false },
  RSEAttributeNotFound: { status: 404, retryable: false },
  RSENotFound: { status: 404, retryable: false },
  RSEOperationNotSupported: { status: 404, retryable: false },
  RSEOverQuota: { status: 409, retryable: true },
  RSEProtocolDomainNotSupported: { status: 404, retryable: false },
  RSEProtocolNotSupported: { status: 404, retryable: false },
  RSEProtocolPriorityError: { status: 409, retryable: false },
  RSEWriteBlocked: { status: 409, retryable: true },
  ReplicaIsLocked: { status: 423, retryable: false },
  ReplicaNotFound: { status: 404, retryable: false },
  ReplicationRuleCreationTemporaryFailed: { status: 409, retryable: true },
  RequestNotFound: { status: 404, retryable: false },
  ResourceTemporaryUnavailable: { status: 503, retryable: true },
  RuleNotFound: { status: 404, retryable: false },
  RuleReplaceFailed: { status: 409, retryable: false },
  RucioException: { status: 500, retryable: false },
  ScopeNotFound: { status: 404, retryable: false },
  ScratchDiskLifetimeConflict: { status: 409, retryable: false },
  SortingAlgorithmNotSupported: { status: 400, retryable: false },
  StagingAreaRuleRequiresLifetime: { status: 409, retryable: false },
  TypeError: { status: 400, retryable: false },
  UnsupportedAccountName: { status: 400, retryable: false },
  UnsupportedKeyType: { status: 400, retryable: false },
  UnsupportedMetadataPlugin: { status: 400, retryable: false },
  UnsupportedOperation: { status: 409, retryable: false },
  UnsupportedRequestedContentType: { status: 406, retryable: false },
  UnsupportedStatus: { status: 409, retryable: false },
  UnsupportedValueType: { status: 400, retryable: false },
  VONotFound: { status: 404, retryable: false },
  ValueError: { status: 400, retryable: false },
} as const satisfies Record<string, { status: number; retryable: boolean }>;

export type ErrorName = keyof typeof errorRegistry;

/** An error of the registry. `message` is one sentence for people that says what to do. */
export class FieldError extends Error {
  override readonly name: ErrorName;
  readonly status: number;
  readonly retryable: boolean;
  /** Facts for programs (never secrets). */
  readonly facts: Record<string, unknown> | undefined;

  constructor(
    name: ErrorName,
    message: string,
    options: { status?: number; facts?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = name;
    this.status = options.status ?? errorRegistry[name].status;
    this.retryable = errorRegistry[name].retryable;
    this.facts = options.facts;
  }
}

/** Throws an error of the registry. Reads as a sentence: `throw fail('ScopeNotFound', ...)`. */
export const fail = (
  name: ErrorName,
  message: string,
  options: { status?: number; facts?: Record<string, unknown>; cause?: unknown } = {},
): FieldError => new FieldError(name, message, options);
