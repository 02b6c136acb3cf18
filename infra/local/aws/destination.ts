import { isRegionalHost, PARTITIONS, type Partition } from "./partition.ts";

/**
 * Whether a URL leads to the console of a partition: its own host, one of a region, one of a service
 * (`s3.console.aws.amazon.com`), or this look-alike's `/console/` pages.
 */
export function isConsoleDestination(text: string, partition: Partition, ownUrl: string): boolean {
  if (text.length > 2048 || !/^[\x21-\x7e]+$/.test(text) || text.includes("\\") || !URL.canParse(text))
    return false;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return false;
  if (url.origin === new URL(ownUrl).origin) return /^\/console(?:\/|$)/.test(url.pathname);
  if (url.protocol !== "https:" || url.port !== "") return false;
  const service = new RegExp(`^[a-z0-9-]{1,40}\\.${partition.console.replaceAll(".", "\\.")}$`);
  return isRegionalHost(url.host, partition.console, partition) || service.test(url.host);
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
