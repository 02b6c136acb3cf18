import type { Stack } from "./stack.ts";

const paint = (code: number) => (text: string) =>
  process.stdout.isTTY && !process.env.NO_COLOR ? `\u001b[${code}m${text}\u001b[0m` : text;
const bold = paint(1);
const dim = paint(2);

/** What somebody reads who has just typed `npm start`. */
export function readyScreen(stack: Stack, milliseconds: number, data: string | undefined): string {
  const { broker, okta, entra, google, ci, aws } = stack.urls;
  return `
${bold("Sekisho is ready")} ${dim(`after ${(milliseconds / 1000).toFixed(1)} s`)}

  Broker   ${bold(broker)}        roles, console and credentials

${bold("Be somebody")} (the password is the name)
  sre        ${okta}   Okta: sign in and click a tile; "AWS prod Admin" goes straight to the console
  analyst    ${entra}   Entra: 250 groups, looked up in Graph; prod only with a second factor
  support    ${google}   Google: a nested group, looked up in the Directory
  outsider   ${okta}   Okta: in no group, so refused, and told why

${bold("Be a program")}
  TOKEN=$(curl -s ${ci}/token)
  curl -H "Authorization: $TOKEN" '${broker}/api/credentials/222222222222/Deploy?scope=s3-read&parameters.bucket=demo'

${dim(`AWS is a look-alike on ${aws}. ${data ? `Data is kept in ${data}.` : "Data is in memory; SEKISHO_DATA=folder keeps it."} Ctrl-C stops everything.`)}
`;
}

/**
 * Prints the functions' JSON log lines as one short line each; everything else passes.
 *
 * @returns Call it when the stack is ready: until then only errors are printed, for filling the stack is nobody's request.
 */
export function shortenLogs(): () => void {
  const { stdout } = process;
  const { write } = stdout;
  let ready = false;
  const passOn = (chunk: unknown, ...rest: unknown[]): boolean => {
    const line = typeof chunk === "string" && chunk.startsWith("{") ? shortLine(chunk) : undefined;
    if (line === undefined) return Reflect.apply(write, stdout, [chunk, ...rest]);
    const shown = line.startsWith("error:") || (ready && !line.includes("GET /assets/"));
    return shown ? Reflect.apply(write, stdout, [`${line}\n`]) : true;
  };
  Object.assign(stdout, { write: passOn });
  return () => {
    ready = true;
  };
}

/** `302 GET /signin/{connection} 01J...`, or undefined for what is no log line. */
export function shortLine(text: string): string | undefined {
  let line: Record<string, unknown>;
  try {
    line = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { level, reference = "", route, status, code, detail, message, cause, ...rest } = line;
  if (typeof level !== "string") return undefined;
  if (status !== undefined) return dim(`${status} ${route} ${reference}`);
  const extra = [detail, cause, Object.keys(rest).length > 0 ? rest : undefined]
    .filter((part) => part !== undefined && JSON.stringify(part) !== "{}")
    .map((part) => JSON.stringify(part));
  return [`${level}:`, code ?? message ?? "", route ?? "", reference, ...extra].filter(Boolean).join(" ");
}
