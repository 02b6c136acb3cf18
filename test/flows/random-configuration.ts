/**
 * Configurations that chance makes, and the same chance always the same: what is published of them is compared across
 * versions of the code, so that nothing of it may depend on a library's own dice.
 */

export type Dice = (sides: number) => number;

/** Numbers below a bound, from a seed (Numerical Recipes' generator, its upper bits). */
export function diceOf(seed: number): Dice {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

type Fields = Record<string, unknown>;

const one = <T>(dice: Dice, of: readonly T[]): T => of[dice(of.length)] as T;
const some = <T>(dice: Dice, of: readonly T[]): T[] => {
  const taken = of.filter(() => dice(3) === 0);
  return taken.length > 0 ? taken : [one(dice, of)];
};
/** The same object with its fields in another order. */
const shuffled = (dice: Dice, fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields)
      .map((entry): [number, [string, unknown]] => [dice(1000), entry])
      .sort(([a], [b]) => a - b)
      .map(([, entry]) => entry),
  );
const maybe = (dice: Dice, fields: () => Fields): Fields => (dice(4) === 0 ? fields() : {});

const VALUES = ["sre", "dev", "all", "Änderung", "a/b", "ops-1", "ops-2", "日本", "x".repeat(40)];
const CLAIMS = ["groups", "costCenter", "ref"];

function condition(dice: Dice, depth = 0): Fields {
  const claim = one(dice, CLAIMS);
  const value = () => one(dice, VALUES);
  const leaves: (() => Fields)[] = [
    () => ({ claim, equals: value() }),
    () => ({ claim, equals: value() }),
    () => ({ claim, in: some(dice, VALUES) }),
    () => ({ claim, startsWith: value() }),
    () => ({ claim, endsWith: value() }),
    () => ({ claim, glob: `${value()}*` }),
    () => ({ claim, exists: dice(2) === 0 }),
    () => ({ claim, number: shuffled(dice, { atLeast: dice(9), below: 10 }) }),
    () => ({ mfa: true }),
    () => ({ cidr: ["192.0.2.0/24"] }),
    () => ({ timeWindow: shuffled(dice, { zone: "Asia/Tokyo", from: "09:00", until: "18:00" }) }),
  ];
  const inner = () => condition(dice, depth + 1);
  const nested: (() => Fields)[] = [() => ({ all: [inner(), inner()] }), () => ({ any: [inner(), inner()] })];
  const nests = depth < 2 && dice(5) === 0;
  return shuffled(dice, one(dice, nests ? nested : leaves)());
}

const POLICY = {
  Version: "2012-10-17",
  Statement: [{ Resource: "*", Effect: "Allow", Action: "s3:GetObject" }],
};

function grant(dice: Dice, effect: string, accounts: readonly string[]): Fields {
  const isAllow = effect === "allow";
  if (isAllow && dice(12) === 0) return { broker: ["admin"] };
  const places = [...accounts, "ou:/prod/**", "ou:/**", "tag:env=prod"];
  return shuffled(dice, {
    roles: some(dice, ["Admin", "Read Only"]),
    accounts: some(dice, places),
    ...(isAllow ? maybe(dice, () => ({ sessionSeconds: 900 + dice(900) })) : {}),
    ...(isAllow
      ? maybe(dice, () => ({ tags: shuffled(dice, { team: "{claims.costCenter}", a: "1" }) }))
      : {}),
    ...(isAllow ? maybe(dice, () => ({ policy: shuffled(dice, POLICY) })) : {}),
  });
}

function rule(dice: Dice, id: string, accounts: readonly string[]): Fields {
  const effect = one(dice, ["allow", "allow", "allow", "eligible", "deny"]);
  const connection = one<unknown>(dice, [
    "okta",
    "okta",
    ["okta"],
    ["okta", "entra"],
    ["entra", "okta", "entra"],
    ...(effect === "deny" ? ["*"] : []),
  ]);
  return shuffled(dice, {
    kind: "Rule",
    id,
    connection,
    effect,
    // First what finds it: rules that nothing finds are few.
    when: [
      { claim: "groups", equals: one(dice, VALUES) },
      ...Array.from({ length: dice(3) }, () => condition(dice)),
    ],
    grant: grant(dice, effect, accounts),
    ...maybe(dice, () => ({ priority: dice(20) - 10 })),
    ...maybe(dice, () => ({ owner: one(dice, ["ops", "platform@example.com"]) })),
    ...maybe(dice, () => ({ description: "Während der Umstellung." })),
    ...maybe(dice, () => ({ shadow: true })),
    ...maybe(dice, () => ({ until: "2027-03-31" })),
  });
}

const connection = (dice: Dice, id: string): Fields =>
  shuffled(dice, {
    kind: "Connection",
    id,
    protocol: "saml",
    metadata: { url: `https://${id}.example.com/metadata` },
    subject: "userId",
    claims: shuffled(dice, { groups: "groups", costCenter: "cost", ref: "ref" }),
    trusted: ["costCenter"],
  });

/** A configuration that nothing is wrong with, in no order. */
export function randomConfiguration(dice: Dice): readonly Fields[] {
  const ids = Array.from({ length: 2 + dice(6) }, (_, at) => String(111_111_111_111 + at));
  const accounts = ids.map((id) =>
    shuffled(dice, {
      kind: "Account",
      id,
      name: `a${id.slice(-2)}`,
      path: one(dice, ["/prod", "/prod/eu", "/dev"]),
      ...maybe(dice, () => ({ tags: shuffled(dice, { env: "prod", team: "a", "7": "x" }) })),
    }),
  );
  const [first = "", ...others] = ids;
  return [
    connection(dice, "okta"),
    connection(dice, "entra"),
    ...accounts,
    // Somewhere for every selector, and two roles of one name.
    { kind: "Account", id: "222222222222", name: "always", path: "/prod", tags: { env: "prod" } },
    { kind: "Role", name: "Admin", accounts: [first], maxSessionSeconds: 7200 },
    shuffled(dice, { kind: "Role", name: "Admin", accounts: [...others, "222222222222"] }),
    shuffled(dice, { kind: "Role", name: "Read Only", roleName: "ReadOnly", accounts: ["ou:/**"] }),
    ...Array.from({ length: dice(60) }, (_, at) => rule(dice, `r${at}`, ids)),
  ];
}

/** The same with some objects gone, some new and some changed, and all in another order. */
export function changedAtRandom(dice: Dice, before: readonly Fields[]): readonly Fields[] {
  const accounts = before.flatMap(({ kind, id }) => (kind === "Account" ? [String(id)] : []));
  const kept = before.flatMap((object) => {
    if (object.kind !== "Rule") return [object];
    if (dice(10) === 0) return [];
    return [dice(10) === 0 ? rule(dice, String(object.id), accounts) : shuffled(dice, object)];
  });
  const added = Array.from({ length: dice(4) }, (_, at) => rule(dice, `n${at}`, accounts));
  return [...kept, ...added]
    .map((object): [number, Fields] => [dice(1000), object])
    .sort(([a], [b]) => a - b)
    .map(([, object]) => object);
}
