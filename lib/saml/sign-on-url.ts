import { isPrivateHost } from "../core/outbound.ts";

/**
 * An address a browser may be sent to: https, or plain http where the deployment lists exactly that host and port
 * (decision 12).
 *
 * @param privateHosts `host:port` pairs that may speak plain http; none in a deployment for people.
 */
export function isSignOnUrl(url: unknown, privateHosts: readonly string[]): url is string {
  if (typeof url !== "string" || url.length > 2048 || !/^[\x21-\x7e]+$/.test(url) || !URL.canParse(url))
    return false;
  const parsed = new URL(url);
  if (parsed.username !== "") return false;
  return parsed.protocol === "https:" || (parsed.protocol === "http:" && isPrivateHost(parsed, privateHosts));
}
