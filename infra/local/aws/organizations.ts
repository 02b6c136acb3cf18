import {
  ACCOUNTS,
  type LocalAccount,
  MANAGEMENT_ACCOUNT,
  ORGANIZATION_ID,
  ROOT_ID,
  UNITS,
} from "./accounts.ts";
import { AwsFault, invalidMember } from "./faults.ts";
import { type JsonAction, type JsonCall, optionalText, requiredText } from "./json-call.ts";

const BASE = `arn:aws:organizations::${MANAGEMENT_ACCOUNT}`;
const PAGE = 20;

/** Organizations answers the management account alone (and delegated administrators, of which there is none). */
function checkCaller({ caller }: JsonCall): void {
  if (caller.accountId !== MANAGEMENT_ACCOUNT)
    throw new AwsFault(400, "AccessDeniedException", "You don't have permissions to access this resource.");
}

/** One page of a list. `NextToken` is the place to go on from; a token of any other shape is refused. */
function page<Item>(call: JsonCall, name: string, items: readonly Item[]): object {
  const most = call.input.MaxResults ?? PAGE;
  if (typeof most !== "number" || !Number.isInteger(most) || most < 1 || most > PAGE)
    throw invalidMember("maxResults", `Member must be between 1 and ${PAGE}`);
  const token = optionalText(call, "NextToken");
  const from = token === undefined ? 0 : Number(/^from-(\d{1,4})$/.exec(token)?.[1] ?? Number.NaN);
  if (Number.isNaN(from)) throw new AwsFault(400, "InvalidInputException", "You specified an invalid value.");
  const until = from + most;
  return {
    [name]: items.slice(from, until),
    ...(until < items.length ? { NextToken: `from-${until}` } : {}),
  };
}

const describeAccount = (account: LocalAccount) => ({
  Id: account.id,
  Arn: `${BASE}:account/${ORGANIZATION_ID}/${account.id}`,
  Email: `aws+${account.name}@example.com`,
  Name: account.name,
  Status: "ACTIVE",
  State: "ACTIVE",
  JoinedMethod: account.id === MANAGEMENT_ACCOUNT ? "INVITED" : "CREATED",
  JoinedTimestamp: 1_700_000_000,
});

const describeUnit = (unit: (typeof UNITS)[number]) => ({
  Id: unit.id,
  Arn: `${BASE}:ou/${ORGANIZATION_ID}/${unit.id}`,
  Name: unit.name,
});

function parentOf(call: JsonCall): string {
  const id = requiredText(call, "ParentId");
  if (id !== ROOT_ID && !UNITS.some((unit) => unit.id === id))
    throw new AwsFault(400, "ParentNotFoundException", "You specified a parent that doesn't exist.");
  return id;
}

function accountNamed(id: string): LocalAccount {
  const account = ACCOUNTS.find((each) => each.id === id);
  if (account === undefined)
    throw new AwsFault(400, "AccountNotFoundException", "You specified an account that doesn't exist.");
  return account;
}

function unitNamed(id: string): (typeof UNITS)[number] {
  const unit = UNITS.find((each) => each.id === id);
  if (unit === undefined)
    throw new AwsFault(
      400,
      "OrganizationalUnitNotFoundException",
      "You specified an organizational unit that doesn't exist.",
    );
  return unit;
}

function parents(call: JsonCall): object {
  const id = requiredText(call, "ChildId");
  const child = [...ACCOUNTS, ...UNITS].find((each) => each.id === id);
  if (child === undefined)
    throw new AwsFault(400, "ChildNotFoundException", "You specified a child that doesn't exist.");
  const type = child.parent === ROOT_ID ? "ROOT" : "ORGANIZATIONAL_UNIT";
  return page(call, "Parents", [{ Id: child.parent, Type: type }]);
}

function tags(call: JsonCall): object {
  const id = requiredText(call, "ResourceId");
  const tagged = ACCOUNTS.find((account) => account.id === id);
  if (tagged === undefined && id !== ROOT_ID && !UNITS.some((unit) => unit.id === id))
    throw new AwsFault(400, "TargetNotFoundException", "You specified a target that doesn't exist.");
  const list = Object.entries(tagged?.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
  return page(call, "Tags", list);
}

const ACTIONS: Readonly<Record<string, (call: JsonCall) => object>> = {
  DescribeOrganization: () => ({
    Organization: {
      Id: ORGANIZATION_ID,
      Arn: `${BASE}:organization/${ORGANIZATION_ID}`,
      FeatureSet: "ALL",
      MasterAccountArn: `${BASE}:account/${ORGANIZATION_ID}/${MANAGEMENT_ACCOUNT}`,
      MasterAccountId: MANAGEMENT_ACCOUNT,
      MasterAccountEmail: "aws+broker@example.com",
    },
  }),
  ListRoots: (call) =>
    page(call, "Roots", [
      { Id: ROOT_ID, Arn: `${BASE}:root/${ORGANIZATION_ID}/${ROOT_ID}`, Name: "Root", PolicyTypes: [] },
    ]),
  ListAccounts: (call) => page(call, "Accounts", ACCOUNTS.map(describeAccount)),
  ListAccountsForParent: (call) => {
    const parent = parentOf(call);
    return page(call, "Accounts", ACCOUNTS.filter((each) => each.parent === parent).map(describeAccount));
  },
  ListOrganizationalUnitsForParent: (call) => {
    const parent = parentOf(call);
    return page(
      call,
      "OrganizationalUnits",
      UNITS.filter((each) => each.parent === parent).map(describeUnit),
    );
  },
  DescribeAccount: (call) => ({ Account: describeAccount(accountNamed(requiredText(call, "AccountId"))) }),
  DescribeOrganizationalUnit: (call) => ({
    OrganizationalUnit: describeUnit(unitNamed(requiredText(call, "OrganizationalUnitId"))),
  }),
  ListParents: parents,
  ListTagsForResource: tags,
};

export const ORGANIZATIONS_ACTIONS: Readonly<Record<string, JsonAction>> = Object.fromEntries(
  Object.entries(ACTIONS).map(([name, run]) => [
    name,
    (call: JsonCall) => {
      checkCaller(call);
      return run(call);
    },
  ]),
);
