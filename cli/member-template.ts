import { type Document, isMap, isScalar, type Node, parseDocument, Scalar, visit } from "yaml";
import { EXIT, Stop } from "./command.ts";

/**
 * Puts metadata into a CloudFormation template, in place of whatever its SAML provider takes from parameters: a parameter
 * holds 4,096 characters, and nobody pastes XML in pieces without a mistake.
 *
 * @param template YAML; its comments and the short forms of its functions are kept.
 * @param brokerUrl Becomes the default of a parameter `BrokerUrl`, where there is one.
 * @throws {Stop} when it has not exactly one `AWS::IAM::SAMLProvider`.
 */
export function withMetadata(template: string, xml: string, brokerUrl: string): string {
  const document = parseDocument(template, { logLevel: "silent" });
  const [wrong] = document.errors;
  if (wrong !== undefined) throw new Stop(EXIT.usage, `The template is not YAML: ${wrong.message}`);
  const resources = document.get("Resources");
  const providers = (isMap(resources) ? resources.items : []).flatMap(({ value }) =>
    isMap(value) && value.get("Type") === "AWS::IAM::SAMLProvider" ? [value] : [],
  );
  const [provider] = providers;
  if (provider === undefined || providers.length > 1)
    throw new Stop(EXIT.usage, "The template must have exactly one AWS::IAM::SAMLProvider.");
  const place = ["Properties", "SamlMetadataDocument"];
  const parameters = referredBy(provider.getIn(place, true));
  const held = new Scalar(xml);
  held.type = Scalar.BLOCK_LITERAL;
  provider.setIn(place, held);
  for (const name of parameters) document.deleteIn(["Parameters", name]);
  if (document.hasIn(["Parameters", "BrokerUrl"]))
    document.setIn(["Parameters", "BrokerUrl", "Default"], brokerUrl);
  dropEmpty(document);
  return document.toString({ lineWidth: 0 });
}

/** Names that a value takes by `!Ref`. */
function referredBy(value: unknown): readonly string[] {
  const names: string[] = [];
  if (isScalar(value) || isMap(value) || typeof value === "object")
    visit(value as Node, {
      Scalar: (_, { tag, value: name }) => {
        if (tag === "!Ref") names.push(String(name));
      },
    });
  return names;
}

function dropEmpty(document: Document): void {
  const left = document.get("Parameters");
  if (isMap(left) && left.items.length === 0) document.delete("Parameters");
}
