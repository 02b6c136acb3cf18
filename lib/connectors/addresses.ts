import { BlockList, isIPv4, isIPv6 } from "node:net";

/** IPv4 space that no public host lives in. @see https://www.iana.org/assignments/iana-ipv4-special-registry */
const RESERVED_IPV4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10], // carrier-grade NAT
  ["127.0.0.0", 8],
  ["169.254.0.0", 16], // link-local, and the metadata services of clouds
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.31.196.0", 24],
  ["192.52.193.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["192.175.48.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, and broadcast
] as const;

/** Parts of 2000::/3 that no public host lives in. @see https://www.iana.org/assignments/iana-ipv6-special-registry */
const RESERVED_IPV6 = [
  ["2001::", 23], // protocol assignments, Teredo, ORCHID
  ["2001:db8::", 32],
  ["2002::", 16], // 6to4 carries any IPv4 address
  ["2620:4f:8000::", 48],
  ["3fff::", 20],
  ["3ffe::", 16],
] as const;

/** The prefixes whose last 32 bits are an IPv4 address that is reached in the end: mapped, and NAT64. */
const EMBEDDING = [
  ["::ffff:0:0", 96],
  ["64:ff9b::", 96],
] as const;

function blockList(family: "ipv4" | "ipv6", networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, family);
  return list;
}

const ipv4 = blockList("ipv4", RESERVED_IPV4);
const ipv6 = blockList("ipv6", RESERVED_IPV6);
const embedding = blockList("ipv6", EMBEDDING);
const globalUnicast = blockList("ipv6", [["2000::", 3]]);

/** The last 32 bits of an IPv6 address, dotted. */
function embeddedIpv4(address: string): string {
  if (address.includes(".")) return address.slice(address.lastIndexOf(":") + 1);
  // The URL parser writes every IPv6 address in one canonical form without dots.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [low = "0", high = "0"] = canonical.split(":").reverse();
  const bits = (Number.parseInt(high || "0", 16) << 16) | Number.parseInt(low || "0", 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".");
}

/**
 * Whether an address belongs to the public internet.
 *
 * Everything private, shared, link-local, loopback, multicast, reserved or for documentation does not; an IPv6
 * address that wraps an IPv4 one (mapped, NAT64) is judged by what it wraps; one with a zone does not.
 *
 * @param address As a resolver answers it: IPv4 dotted or IPv6, without brackets.
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !ipv4.check(address, "ipv4");
  if (!isIPv6(address) || address.includes("%")) return false;
  if (embedding.check(address, "ipv6")) return !ipv4.check(embeddedIpv4(address), "ipv4");
  return globalUnicast.check(address, "ipv6") && !ipv6.check(address, "ipv6");
}
