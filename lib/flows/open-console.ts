import { checkDestination, consoleUrl } from "../aws/console.ts";
import { refusalOf } from "../core/errors.ts";
import type { PlacedRole } from "../core/role.ts";
import type { Bearer } from "./bearer.ts";
import type { Deciding } from "./broker.ts";
import { showRole } from "./granted-role.ts";
import { audited, type Issued, type Issuing, issueRole, type RoleAsk } from "./issue-role.ts";
import { recordTurnedAway } from "./turned-away.ts";

/**
 * What a link from elsewhere would open, to be asked about. What would be refused is refused at once and written down,
 * so that no page of ours shows an address that is no console's, or the name of an account to somebody without a role.
 *
 * @throws {Refusal} as `showRole`, and `destination_not_allowed`.
 */
export async function previewConsole(
  broker: Deciding,
  bearer: Bearer,
  ask: Omit<RoleAsk, "narrowing"> & { readonly destination: string },
): Promise<Awaited<ReturnType<typeof showRole>>> {
  const { accountId, role, reference, sourceIp } = ask;
  try {
    const shown = await showRole(broker, bearer, ask);
    checkDestination(ask.destination, shown.placed.partition, broker.config.consoleUrl);
    return shown;
  } catch (thrown) {
    const refusal = refusalOf(thrown, { identity: bearer.identity, since: bearer.since });
    const { actor } = bearer;
    const away = { kind: "console.refused", actor, reference, sourceIp, person: bearer } as const;
    await recordTurnedAway(broker, { ...away, place: { accountId, role } }, refusal);
    throw refusal;
  }
}

/**
 * A console URL for one role: the credentials exist for the moment of the exchange and leave to nobody.
 *
 * @param ask `destination` must be a console page of the account's partition.
 * @returns The URL, a bearer secret good for 15 minutes: hand it over by redirect, never by page.
 * @throws {Refusal} as `issueRole`, and `destination_not_allowed`.
 */
export async function openConsole(
  broker: Issuing,
  bearer: Bearer,
  ask: RoleAsk & { readonly destination?: string },
): Promise<{ url: string }> {
  const { config } = broker;
  const hosts = {
    ...(config.federationUrl === undefined ? {} : { federationUrl: config.federationUrl }),
    ...(config.consoleUrl === undefined ? {} : { consoleUrl: config.consoleUrl }),
  };
  const opening = ({ partition }: PlacedRole): { destination?: string } =>
    ask.destination === undefined
      ? {}
      : { destination: checkDestination(ask.destination, partition, config.consoleUrl) };
  return audited(
    broker,
    bearer,
    ask,
    { issued: "console.opened", refused: "console.refused" },
    async (minted): Promise<Issued & { url: string }> => {
      const issued = await issueRole(broker, bearer, ask, opening);
      minted(issued);
      const { credentials, placed, durationSeconds } = issued;
      const { partition, region } = placed;
      const url = await consoleUrl(
        {
          credentials,
          partition,
          region,
          ...opening(placed),
          issuerUrl: `${config.url}/`,
          sessionSeconds: durationSeconds,
        },
        hosts,
      );
      return { ...issued, url };
    },
  );
}
