import { BlockList, isIP } from 'node:net';

export interface Address {
  address: string;
  family: number;
}

/** What a name stands for. */
export type Resolve = (name: string) => Promise<Address[]>;

/** Where webhooks may go. */
export interface TargetRules {
  /** also http, and addresses that only this machine or network reaches: for development and tests */
  insecure: boolean;
  resolve: Resolve;
}

/** A target that no webhook is sent to, and what would be one. */
export class TargetRefused extends Error {}

const MOST_CHARACTERS = 2_048;

/** IPv4 that is not one host on the public internet (IANA special-purpose registry, RFC 6890 and successors). */
const NOT_PUBLIC_4 = blockList('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]);

/**
 * Of IPv6 only global unicast is public; what is outside it (loopback, unique-local, link-local, multicast, IPv4 in IPv6,
 * NAT64) and what in it leads elsewhere (Teredo, 6to4, documentation) is not.
 */
const GLOBAL_6 = blockList('ipv6', [['2000::', 3]]);
const NOT_PUBLIC_6 = blockList('ipv6', [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
]);

/** True for the address of one host on the public internet. */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !NOT_PUBLIC_4.check(address, 'ipv4');
  if (family === 6) return GLOBAL_6.check(address, 'ipv6') && !NOT_PUBLIC_6.check(address, 'ipv6');
  return false;
}

/**
 * The URL that webhooks can be sent to, as it will be used. Names are not resolved here.
 *
 * @throws TargetRefused saying what to mend
 */
export function readTarget(text: string, { insecure }: Pick<TargetRules, 'insecure'>): URL {
  const url = text.length <= MOST_CHARACTERS && URL.canParse(text) ? new URL(text) : undefined;
  if (!url)
    throw new TargetRefused(`The url is not one: give an absolute URL of at most ${MOST_CHARACTERS} characters.`);
  if (url.protocol !== 'https:' && !(insecure && url.protocol === 'http:')) {
    throw new TargetRefused('The url is not https: events hold names of people.');
  }
  if (url.username || url.password)
    throw new TargetRefused('The url holds credentials: leave them out, requests are signed.');
  if (url.hash) throw new TargetRefused('The url has a fragment, which is never sent: leave it out.');
  const literal = hostOf(url);
  if (isIP(literal) && !insecure && !isPublic(literal)) throw notPublic();
  return url;
}

/** The host without the brackets that a URL has around IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/**
 * The addresses behind a target's name, all of them public: one that is not condemns the name, because a resolver that
 * answers both could be made to choose.
 *
 * @throws TargetRefused also when the name stands for nothing
 */
export async function addressesOf(name: string, { insecure, resolve }: TargetRules): Promise<Address[]> {
  const family = isIP(name);
  const addresses = family ? [{ address: name, family }] : await resolve(name).catch(() => []);
  if (addresses.length === 0) throw new TargetRefused('The name in the url cannot be resolved.');
  if (!insecure && !addresses.every(({ address }) => isPublic(address))) throw notPublic();
  return addresses;
}

function notPublic(): TargetRefused {
  return new TargetRefused(
    'The url leads to an address that is not public: private, loopback, link-local and the like.',
  );
}

function blockList(family: 'ipv4' | 'ipv6', subnets: [string, number][]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, family);
  return list;
}
