/**
 * An address a browser may be sent to: https, or plain http on this very machine, which the connector takes from a
 * deployment alone that lists it.
 */
export function isSignOnUrl(url: unknown): url is string {
  if (typeof url !== "string" || url.length > 2048 || !/^[\x21-\x7e]+$/.test(url) || !URL.canParse(url))
    return false;
  const { protocol, hostname, username } = new URL(url);
  const local = hostname === "127.0.0.1" || hostname === "[::1]" || hostname === "localhost";
  return username === "" && (protocol === "https:" || (protocol === "http:" && local));
}
