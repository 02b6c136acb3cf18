import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import {
  DescribeAccountCommand,
  DescribeOrganizationalUnitCommand,
  DescribeOrganizationCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListParentsCommand,
  ListRootsCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-organizations";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
} from "@aws-sdk/client-secrets-manager";
import { send, signed } from "./signed.ts";
import { administrator, BROKER, clients, handClock, openAws, PROD } from "./world.ts";

test("the organization holds three member accounts in their units, with their tags", async (t) => {
  const aws = await openAws(t, handClock());
  const { organizations } = clients(aws.url, administrator(BROKER));
  const { Organization } = await organizations.send(new DescribeOrganizationCommand({}));
  assert.equal(Organization?.MasterAccountId, BROKER);
  const root = (await organizations.send(new ListRootsCommand({}))).Roots?.[0]?.Id;
  const units = await organizations.send(new ListOrganizationalUnitsForParentCommand({ ParentId: root }));
  const found: unknown[] = [];
  for (const unit of units.OrganizationalUnits ?? []) {
    const { Accounts } = await organizations.send(new ListAccountsForParentCommand({ ParentId: unit.Id }));
    const ResourceId = Accounts?.[0]?.Id;
    const { Tags } = await organizations.send(new ListTagsForResourceCommand({ ResourceId }));
    const { Parents } = await organizations.send(new ListParentsCommand({ ChildId: ResourceId }));
    assert.deepEqual(Parents, [{ Id: unit.Id, Type: "ORGANIZATIONAL_UNIT" }]);
    found.push([unit.Name, Accounts?.map(({ Id, Name }) => `${Id} ${Name}`), Tags]);
  }
  assert.deepEqual(found, [
    ["prod", ["111111111111 prod"], [{ Key: "env", Value: "prod" }]],
    ["staging", ["222222222222 staging"], [{ Key: "env", Value: "staging" }]],
    ["sandbox", ["333333333333 sandbox"], [{ Key: "env", Value: "sandbox" }]],
  ]);
  const unit = units.OrganizationalUnits?.[0]?.Id;
  const described = new DescribeOrganizationalUnitCommand({ OrganizationalUnitId: unit });
  assert.equal((await organizations.send(described)).OrganizationalUnit?.Name, "prod");
  const account = await organizations.send(new DescribeAccountCommand({ AccountId: PROD }));
  assert.equal(account.Account?.Status, "ACTIVE");
});

test("lists come in pages, and members may not ask", async (t) => {
  const aws = await openAws(t, handClock());
  const { organizations } = clients(aws.url, administrator(BROKER));
  const ids: (string | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const page = await organizations.send(new ListAccountsCommand({ MaxResults: 1, NextToken }));
    ids.push(...(page.Accounts ?? []).map(({ Id }) => Id));
    NextToken = page.NextToken;
  } while (NextToken);
  assert.deepEqual(ids, ["111111111111", "222222222222", "333333333333", BROKER]);
  const odd = organizations.send(new ListAccountsCommand({ NextToken: "x" }));
  await assert.rejects(odd, { name: "InvalidInputException" });
  const none = organizations.send(new ListAccountsForParentCommand({ ParentId: "ou-loca-none0000" }));
  await assert.rejects(none, { name: "ParentNotFoundException" });
  const member = clients(aws.url, administrator(PROD)).organizations;
  await assert.rejects(member.send(new ListAccountsCommand({})), { name: "AccessDeniedException" });
});

test("a secret is kept, read by name or ARN, replaced, and seen by its account alone", async (t) => {
  const aws = await openAws(t, handClock());
  const { secrets } = clients(aws.url, administrator(BROKER));
  const Name = "sekisho/entra/client";
  const { ARN } = await secrets.send(new CreateSecretCommand({ Name, SecretString: "one" }));
  const read = async (SecretId: string | undefined) =>
    (await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString;
  assert.deepEqual([await read(Name), await read(ARN)], ["one", "one"]);
  await secrets.send(new PutSecretValueCommand({ SecretId: Name, SecretString: "two" }));
  assert.equal(await read(ARN), "two");
  const again = secrets.send(new CreateSecretCommand({ Name, SecretString: "one" }));
  await assert.rejects(again, { name: "ResourceExistsException" });
  await assert.rejects(read("sekisho/none"), { name: "ResourceNotFoundException" });
  const theirs = clients(aws.url, administrator(PROD)).secrets;
  const other = theirs.send(new GetSecretValueCommand({ SecretId: ARN }));
  await assert.rejects(other, { name: "ResourceNotFoundException" });
});

/** An invocation by a key of an account. */
async function invoke(
  t: TestContext,
  account: string,
  name: string,
  body: string,
  more: Record<string, string> = {},
) {
  const calls: unknown[] = [];
  const aws = await openAws(t, handClock(), {
    invoke: async (functionName, payload) => {
      calls.push([functionName, payload]);
      if (functionName === "sekisho-broken") throw new TypeError("it broke");
      if (functionName === "sekisho-admin") return { done: true };
      throw Object.assign(new Error("none"), { name: "ResourceNotFoundException" });
    },
  });
  const path = `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`;
  const request = await signed(aws.url, administrator(account), "lambda", { path, body, headers: more });
  const answer = await send(aws.url, path, request);
  return { calls, status: answer.status, headers: answer.headers, text: await answer.text() };
}

test("Invoke runs a function by name or ARN and gives back what it returns", async (t) => {
  for (const name of [
    "sekisho-admin",
    "sekisho-admin:$LATEST",
    `arn:aws:lambda:us-east-1:${BROKER}:function:sekisho-admin`,
  ]) {
    const answer = await invoke(t, BROKER, name, '{"recover":"sre"}');
    assert.deepEqual([answer.status, answer.text], [200, '{"done":true}']);
    assert.deepEqual(answer.calls, [["sekisho-admin", { recover: "sre" }]]);
    assert.equal(answer.headers.get("x-amz-executed-version"), "$LATEST");
  }
});

test("a function that throws answers 200 with the error marked, as Lambda does", async (t) => {
  const answer = await invoke(t, BROKER, "sekisho-broken", "{}");
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("x-amz-function-error"), "Unhandled");
  assert.deepEqual(JSON.parse(answer.text), { errorMessage: "it broke", errorType: "TypeError" });
});

test("an event is accepted without its answer, and a dry run runs nothing", async (t) => {
  const event = await invoke(t, BROKER, "sekisho-admin", "{}", { "x-amz-invocation-type": "Event" });
  assert.deepEqual([event.status, event.text, event.calls.length], [202, "", 1]);
  const dry = await invoke(t, BROKER, "sekisho-admin", "{}", { "x-amz-invocation-type": "DryRun" });
  assert.deepEqual([dry.status, dry.text, dry.calls.length], [204, "", 0]);
});

const invocations: readonly (readonly [
  what: string,
  call: readonly [string, string, string],
  code: string,
])[] = [
  ["of a function that does not exist", [BROKER, "sekisho-none", "{}"], "ResourceNotFoundException"],
  ["by another account", [PROD, "sekisho-admin", "{}"], "AccessDeniedException"],
  [
    "of another account's function",
    [BROKER, `arn:aws:lambda:us-east-1:${PROD}:function:x`, "{}"],
    "ValidationException",
  ],
  ["with a payload that is no JSON", [BROKER, "sekisho-admin", "{"], "InvalidRequestContentException"],
];
for (const [what, [account, name, body], code] of invocations)
  test(`an invocation ${what} is refused`, async (t) => {
    const answer = await invoke(t, account, name, body);
    assert.equal(JSON.parse(answer.text).__type, code);
    assert.ok(answer.status >= 400);
  });

test("an unsigned invocation is refused", async (t) => {
  const aws = await openAws(t, handClock(), { invoke: async () => assert.fail("it ran") });
  const url = `${aws.url}/2015-03-31/functions/sekisho-admin/invocations`;
  const answer = await fetch(url, { method: "POST", body: "{}" });
  assert.equal(answer.headers.get("x-amzn-errortype"), "MissingAuthenticationTokenException");
});
