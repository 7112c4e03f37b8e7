import { list, object, oneOf, type Static, text, time } from './schema.ts';

const file = {
  rse: text('RSE to read from or write to.'),
  scope: text('Scope of the file.'),
  name: text('Name of the file.'),
  operation: oneOf(['read', 'write'], 'What the token allows.'),
};

const storageTokenItem = object('A file to reach at an RSE.', file);

/** Body of `POST /credentials/storage-tokens`. */
export const storageTokenItems = object('Files to reach.', {
  items: list(storageTokenItem, 'At most 1,000.'),
});

const storageToken = object('Where the bytes go to or come from, and the token for exactly that.', {
  ...file,
  pfn: text('Address at the storage.'),
  token: text('Bearer token for this address and operation alone.'),
  expires_at: time('End of the token.'),
});

/** Answer of `POST /credentials/storage-tokens`. */
export const storageTokens = list(storageToken, 'One for each item, in their order.');

export type StorageTokenItem = Static<typeof storageTokenItem>;
export type StorageToken = Static<typeof storageToken>;
