import assert from "node:assert/strict";
import test from "node:test";
import { CreateRoleCommand, CreateSAMLProviderCommand } from "@aws-sdk/client-iam";
import { startAws } from "../../../infra/local/aws/server.ts";
import { mint, type Parts } from "./assertion.ts";
import {
  administrator,
  clients,
  handClock,
  makeProvider,
  metadataOf,
  PROD,
  providerArn,
  roleArn,
  trustPolicy,
} from "./world.ts";

export type Form = Readonly<Record<string, string>>;

export interface Answer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export const DENIED = "Not authorized to perform sts:AssumeRoleWithSAML";

const readXml = (text: string) =>
  text.replaceAll("&#39;", "'").replaceAll("&quot;", '"').replaceAll("&amp;", "&");

/** One look-alike for a file of attacks: the provider and two roles in the production account. */
export async function openFederation() {
  const clock = handClock();
  const aws = await startAws({ port: 0, host: "127.0.0.1", clock });
  test.after(() => aws.stop());
  const provider = makeProvider();
  const { iam } = clients(aws.url, administrator(PROD));
  const metadata = metadataOf(provider);
  await iam.send(new CreateSAMLProviderCommand({ Name: "sekisho", SAMLMetadataDocument: metadata }));
  for (const RoleName of ["Admin", "AWSReservedSSO_Admin_0123456789abcdef"])
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustPolicy() }));

  /** One call as the wire has it, so that a row can send what no SDK would. */
  async function redeem(form: Form): Promise<Answer> {
    const call = { Action: "AssumeRoleWithSAML", Version: "2011-06-15" };
    const target = { RoleArn: roleArn("Admin"), PrincipalArn: providerArn() };
    const body = new URLSearchParams({ ...call, ...target, ...form });
    const response = await fetch(aws.url, { method: "POST", body });
    const xml = await response.text();
    const pick = (name: string) => readXml(new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? "");
    return { status: response.status, code: pick("Code"), message: pick("Message") };
  }
  const assertion = (change: Partial<Parts> = {}) => mint(clock.at, provider, change);
  return { aws, clock, now: clock.at, provider, iam, redeem, assertion };
}

/** Compares an answer with what a row says; a message is exact as text and loose as a pattern. */
export function assertRefused(answer: Answer, status: number, code: string, message: string | RegExp): void {
  assert.deepEqual([answer.status, answer.code], [status, code], answer.message);
  if (typeof message === "string") assert.equal(answer.message, message);
  else assert.match(answer.message, message);
}
