/** The organization of the local world: one management account, which is the broker's own, and three members. */
export const MANAGEMENT_ACCOUNT = "999999999999";
export const ORGANIZATION_ID = "o-local00001";
export const ROOT_ID = "r-loca";

export interface Unit {
  readonly id: string;
  readonly name: string;
  readonly parent: string;
}

export const UNITS: readonly Unit[] = [
  { id: "ou-loca-prod0001", name: "prod", parent: ROOT_ID },
  { id: "ou-loca-staging1", name: "staging", parent: ROOT_ID },
  { id: "ou-loca-sandbox1", name: "sandbox", parent: ROOT_ID },
];

export interface LocalAccount {
  readonly id: string;
  readonly name: string;
  /** Root or unit that holds it. */
  readonly parent: string;
  readonly tags: Readonly<Record<string, string>>;
}

export const ACCOUNTS: readonly LocalAccount[] = [
  { id: "111111111111", name: "prod", parent: "ou-loca-prod0001", tags: { env: "prod" } },
  { id: "222222222222", name: "staging", parent: "ou-loca-staging1", tags: { env: "staging" } },
  { id: "333333333333", name: "sandbox", parent: "ou-loca-sandbox1", tags: { env: "sandbox" } },
  { id: MANAGEMENT_ACCOUNT, name: "broker", parent: ROOT_ID, tags: {} },
];

export const isLocalAccount = (id: string): boolean => ACCOUNTS.some((account) => account.id === id);
