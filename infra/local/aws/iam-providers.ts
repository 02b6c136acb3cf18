import { randomUUID } from "node:crypto";
import { AwsFault, invalidParameter } from "./faults.ts";
import type { IamAction, IamCall } from "./iam-call.ts";
import { required } from "./query.ts";
import { readMetadata } from "./saml-metadata.ts";
import type { SamlProvider } from "./state.ts";
import { isoTime } from "./wire.ts";

const MOST_PROVIDERS = 100;
/** IAM sets ValidUntil itself, a hundred years ahead, and never looks at it. */
const VALID_SECONDS = 100 * 365 * 86_400;

const mine = (call: IamCall): readonly SamlProvider[] =>
  [...call.world.state.providers.values()].filter(({ arn }) =>
    arn.startsWith(`arn:${call.partition}:iam::${call.accountId}:`),
  );

function find(call: IamCall): SamlProvider {
  const arn = required(call.parameters, "SAMLProviderArn");
  const provider = mine(call).find((each) => each.arn === arn);
  if (!provider) throw new AwsFault(404, "NoSuchEntity", `Manifest not found for arn ${arn.slice(0, 200)}`);
  return provider;
}

/** Encrypted assertions are outside this look-alike; silence would look like support. */
function refuseEncryption({ parameters }: IamCall): void {
  for (const name of ["AssertionEncryptionMode", "AddPrivateKey", "RemovePrivateKey"])
    if (parameters.has(name))
      throw new AwsFault(400, "InvalidInput", `${name} is not supported by the local look-alike`);
}

const create: IamAction = (call) => {
  const name = required(call.parameters, "Name");
  if (!/^[\w._-]{1,128}$/.test(name))
    throw invalidParameter(name, "name", "Member must satisfy regular expression pattern: [\\w._-]+");
  refuseEncryption(call);
  const metadata = required(call.parameters, "SAMLMetadataDocument");
  const read = readMetadata(metadata);
  const { state, clock } = call.world;
  const arn = `arn:${call.partition}:iam::${call.accountId}:saml-provider/${name}`;
  if (state.providers.has(arn))
    throw new AwsFault(409, "EntityAlreadyExists", `SAMLProvider with name ${name} already exists.`);
  if (mine(call).length >= MOST_PROVIDERS)
    throw new AwsFault(
      409,
      "LimitExceeded",
      `Cannot exceed quota for SAMLProvidersPerAccount: ${MOST_PROVIDERS}`,
    );
  const provider = { arn, accountId: call.accountId, name, uuid: randomUUID(), metadata, ...read };
  state.providers.set(arn, { ...provider, createdAt: clock.now() });
  return { SAMLProviderArn: arn };
};

const update: IamAction = (call) => {
  const provider = find(call);
  refuseEncryption(call);
  const metadata = required(call.parameters, "SAMLMetadataDocument");
  call.world.state.providers.set(provider.arn, { ...provider, metadata, ...readMetadata(metadata) });
  return { SAMLProviderArn: provider.arn };
};

const times = (provider: SamlProvider) => ({
  ValidUntil: isoTime(provider.createdAt + VALID_SECONDS),
  CreateDate: isoTime(provider.createdAt),
});

export const IAM_PROVIDER_ACTIONS: Readonly<Record<string, IamAction>> = {
  CreateSAMLProvider: create,
  UpdateSAMLProvider: update,
  GetSAMLProvider: (call) => {
    const provider = find(call);
    return {
      SAMLProviderUUID: provider.uuid,
      SAMLMetadataDocument: provider.metadata,
      ...times(provider),
      Tags: [],
    };
  },
  ListSAMLProviders: (call) => ({
    SAMLProviderList: mine(call).map((provider) => ({ Arn: provider.arn, ...times(provider) })),
  }),
  DeleteSAMLProvider: (call) => {
    call.world.state.providers.delete(find(call).arn);
    return {};
  },
};
