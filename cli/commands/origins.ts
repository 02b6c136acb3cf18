import type { Command } from "commander";
import * as v from "valibot";
import { type ApiOptions, accepted, callAdmin } from "../api.ts";
import { brokerOption, EXIT, jsonOption, print, printJson, Stop } from "../command.ts";

interface Options extends ApiOptions {
  readonly json?: boolean;
}

const Origin = v.object({
  id: v.string(),
  origin: v.string(),
  version: v.number(),
  owner: v.optional(v.object({ personId: v.string(), name: v.optional(v.string()) })),
  forgettable: v.boolean(),
});
type Origin = v.InferOutput<typeof Origin>;

/** `sekisho origins ...`: names that files were applied under, and how to give one up. */
export function register(program: Command): void {
  const origins = program
    .command("origins")
    .description("Names that files were applied under (--origin), and which version each was last")
    .addHelpText(
      "after",
      `
There may be 50 names, and 5 of each editor with bounds, remembered for him alone. Once one is forgotten, files of that
name are compared two ways, until they are applied again: what others changed since is not told apart.

Examples:
  $ sekisho origins
  $ sekisho origins forget github.com/acme/old
  $ sekisho origins forget github.com/acme/old --of 01ab...`,
    );
  const options = (command: Command) => command.addOption(brokerOption()).addOption(jsonOption());
  options(origins.command("list", { isDefault: true }).description("List them, by name")).action(list);
  options(
    origins
      .command("forget")
      .description("Forget one")
      .argument("<name>", "as `origins list` shows it")
      .option("--of <person>", "id of the editor with bounds for whom alone it is remembered"),
  ).action(forget);
}

const Listed = v.object({ origins: v.array(Origin) });
const ask = async (options: Options): Promise<readonly Origin[]> =>
  v.parse(Listed, accepted(await callAdmin(options, "GET", "/api/admin/origins"))).origins;

async function list(options: Options): Promise<void> {
  const origins = await ask(options);
  if (options.json) return printJson({ origins });
  if (origins.length === 0) print("No files were applied under a name (--origin) yet.");
  for (const one of origins) print(lineOf(one));
}

function lineOf({ origin, version, owner }: Origin): string {
  const name = owner?.name === undefined ? "" : `${owner.name}, `;
  return `${String(version).padStart(5)}  ${origin}${owner === undefined ? "" : `  (of ${name}${owner.personId} alone)`}`;
}

async function forget(name: string, options: Options & { readonly of?: string }): Promise<void> {
  const { id } = pick(await ask(options), name, options.of);
  const path = `/api/admin/origins/${encodeURIComponent(id)}`;
  const body = accepted(await callAdmin(options, "DELETE", path));
  if (options.json) return printJson(body);
  print(`Forgot ${name}, last applied as version ${body.version}. Nothing that is published was changed.`);
}

/** The one that is meant: of several of one name the one of all, unless it is said whose. */
function pick(origins: readonly Origin[], name: string, of: string | undefined): Origin {
  const named = origins.filter(
    ({ origin, owner }) => origin === name && (of ?? owner?.personId) === owner?.personId,
  );
  const [one, other] = named.filter(({ forgettable }) => forgettable);
  const shared = named.find(({ owner, forgettable }) => owner === undefined && forgettable);
  const picked = shared ?? one ?? named[0];
  if (picked === undefined)
    throw new Stop(
      EXIT.refused,
      `No files were applied as ${name}${of === undefined ? "" : ` by ${of}`}. See \`sekisho origins list\`.`,
    );
  if (shared === undefined && other !== undefined)
    throw new Stop(
      EXIT.usage,
      `Several editors applied files as ${name}. Say whose: --of PERSON, as \`sekisho origins list\` shows it.`,
    );
  return picked;
}
