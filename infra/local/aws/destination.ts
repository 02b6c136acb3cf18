import { PARTITIONS, type Partition } from "./partition.ts";

/** A host, or up to three labels below it: a region, a service, a session of several. */
const isAtOrBelow = (host: string, name: string): boolean =>
  host === name ||
  (host.endsWith(`.${name}`) && /^(?:[a-z0-9-]{1,63}\.){1,3}$/.test(host.slice(0, -name.length)));

/**
 * Whether a URL leads to the console of a partition: its host or one below it, one of the few services whose console
 * is elsewhere, or this look-alike's `/console/` pages.
 */
export function isConsoleDestination(text: string, partition: Partition, ownUrl: string): boolean {
  if (text.length > 2048 || !/^[\x21-\x5b\x5d-\x7e]+$/.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return false;
  if (url.origin === new URL(ownUrl).origin) return /^\/console(?:\/|$)/.test(url.pathname);
  if (url.protocol !== "https:" || url.port !== "") return false;
  return [partition.console, ...partition.elsewhere].some((name) => isAtOrBelow(url.hostname, name));
}

/** Whether a URL leads to the console of any partition. */
export const isAnyConsoleDestination = (text: string, ownUrl: string): boolean =>
  PARTITIONS.some((partition) => isConsoleDestination(text, partition, ownUrl));

/** Whether people may be sent back there: https, or a broker on this machine. */
export const isIssuer = (text: string): boolean => {
  if (text.length > 2048 || !/^[\x21-\x7e]+$/.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === "https:" || (url.protocol === "http:" && url.hostname === "localhost");
};
