/** An item asked for with `POST /credentials/storage-tokens`: `{ items: StorageTokenItem[] }`, at most 1,000. */
export interface StorageTokenItem {
  rse: string;
  scope: string;
  name: string;
  operation: 'read' | 'write';
}

/** What is given for an item: where the bytes go to or come from, and the token for exactly that. */
export interface StorageToken {
  rse: string;
  scope: string;
  name: string;
  operation: 'read' | 'write';
  pfn: string;
  token: string;
  /** ISO 8601, UTC. */
  expires_at: string;
}
