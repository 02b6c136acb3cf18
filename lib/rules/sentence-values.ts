/** Claims of which there is one value at most, so that it *is* something rather than includes it. */
export const SINGLE: readonly string[] = [
  "subject",
  "connection",
  "kind",
  "acr",
  "mfa",
  "authenticatedAt",
  "sourceIp",
];

/** Whether a value needs no quotes to be seen as one. */
export const isPlain = (value: string): boolean => /^[\p{L}\p{N}_.@:/+=*?{}()[\]|\\^$#~-]+$/u.test(value);
