import { count, object, type Static, text, time, truth } from './schema.ts';

/** Body of `POST /ui/api/login`. */
export const pageLogin = object(
  'Who logs in.',
  { username: text('Name of a USERPASS identity.'), password: text('Its password.') },
  { account: text('Account to be, when the identity has several.') },
);

/** Answer of `POST /ui/api/login`; the token is in the cookie. */
export const pageSession = object('A session that began.', {
  account: text('Account of the session.'),
  expires: time('End of its token.'),
});

/** Answer of `GET /ui/api/session`. */
export const pageCaller = object('Who is logged in.', {
  account: text('Account of the session.'),
  admin: truth('Whether it has the rights of an administrator.'),
});

/** Answer of `PUT /ui/api/files/{rse}/{scope}/{name}`. */
export const uploadedFile = object('A file that was uploaded and registered.', {
  scope: text('Its scope.'),
  name: text('Its name.'),
  rse: text('Where it lies.'),
  bytes: count('Its size.'),
  adler32: text('Its checksum: 8 hexadecimal digits.'),
});

export type PageSession = Static<typeof pageSession>;
export type PageCaller = Static<typeof pageCaller>;
export type UploadedFile = Static<typeof uploadedFile>;
