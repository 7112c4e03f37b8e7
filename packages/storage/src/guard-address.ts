import { lookup as resolveName } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { fail } from '@leman/contracts';

/** Addresses that are nobody's business from outside: RFC 1122, 1918, 3927, 4193, 4291, 6598, 6890. */
const inside = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  inside.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  inside.addSubnet(network, bits, 'ipv6');
}

/** No storage lives there, but what clouds tell their machines about themselves, credentials too. */
const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4');
linkLocal.addSubnet('fe80::', 10, 'ipv6');
linkLocal.addAddress('fd00:ec2::254', 'ipv6');

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
const isLinkLocal = (address: string): boolean => linkLocal.check(address, family(address));
/** Whether an IP address is loopback, link-local, private or otherwise not of the public network. */
const isInside = (address: string): boolean => inside.check(address, family(address));

const refuse = (host: string) =>
  fail(
    'AccessDenied',
    `${host} is an inner address that this storage copies nothing from or to. Name a storage at another one.`,
    { status: 403 },
  );

export interface AddressGuard {
  /** @throws AccessDenied 403 for a literal address that is refused */
  requireAllowed(host: string): void;
  /**
   * Resolves names, refusing those that lead to a refused address. It is asked at the moment of connecting, so that a
   * name cannot change between the check and the use.
   */
  lookup: LookupFunction;
}

/** Where third-party copies may go: link-local addresses never, loopback and private ones only with leave. */
export const guardAddress = (allowPrivate: boolean): AddressGuard => {
  const refused = allowPrivate ? isLinkLocal : isInside;
  return {
    requireAllowed(host) {
      const bare = host.replace(/^\[|\]$/g, '');
      if (isIP(bare) && refused(bare)) throw refuse(host);
    },
    lookup(hostname, options, callback) {
      resolveName(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) return callback(error, '', 0);
        const good = addresses.filter(({ address }) => !refused(address));
        const [first] = good;
        if (!first) return callback(refuse(hostname), '', 0);
        if (options.all) callback(null, good);
        else callback(null, first.address, first.family);
      });
    },
  };
};
