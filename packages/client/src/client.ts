import { accounts, scopes } from './accounts.ts';
import { dids } from './dids.ts';
import { type FollowOptions, followEvents } from './follow-events.ts';
import { replicas } from './replicas.ts';
import { rses } from './rses.ts';
import { rules } from './rules.ts';
import { requests, status } from './status.ts';
import { type ClientOptions, createTransport } from './transport.ts';

/**
 * A client of one lake, in Node or in the browser. Lists are streamed: loop with `for await`, or gather with
 * `collect`. Refusals throw a FieldError of the registry (name, status, one sentence).
 */
export const createClient = (options: ClientOptions) => {
  const transport = createTransport(options);
  return {
    url: transport.url,
    /** Logs in and keeps the token for the calls after it. @throws CannotAuthenticate */
    login: transport.login,
    /** Ends the token, at the lake as well. */
    logout: transport.logout,
    token: transport.token,
    /** For calls that have no name here. */
    transport,
    accounts: accounts(transport),
    scopes: scopes(transport),
    rses: rses(transport),
    dids: dids(transport),
    replicas: replicas(transport),
    rules: rules(transport),
    requests: requests(transport),
    status: status(transport),
    /** The events of the lake as they happen, with resume. */
    events: (follow?: FollowOptions) => followEvents(transport, follow),
  };
};

export type Client = ReturnType<typeof createClient>;

/** The items of a stream as a list, at most `limit`. */
export const collect = async <T>(
  stream: AsyncIterable<T>,
  limit = Number.POSITIVE_INFINITY,
): Promise<T[]> => {
  const items: T[] = [];
  if (limit <= 0) return items;
  for await (const item of stream) {
    items.push(item);
    if (items.length >= limit) break;
  }
  return items;
};
