import { createHash } from "node:crypto";

/** A person a demo provider knows. The password is the name. */
export interface Account {
  readonly username: string;
  readonly name: string;
  readonly email: string;
  /** The provider's own id of this person: stable, never reused. */
  readonly id: string;
  /** Ids or names of groups, as the provider puts them into claims or answers look-ups. */
  readonly groups: readonly string[];
  /** One line for the sign-in page. */
  readonly about: string;
  readonly costCenter?: string;
}

/** A UUID that is always the same for the same name, in the shape of version 4. */
export function uuidOf(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The demo directory of Entra. */
export const ENTRA_TENANT = "5e715400-0000-4000-8000-0000000e47a0";
/** Object id of the group `data-analysts`: Entra's claims carry ids, never names. */
export const DATA_ANALYSTS = "da7aa9a1-0000-4000-8000-000000000001";

export const OKTA_ACCOUNTS: readonly Account[] = [
  {
    username: "sre",
    name: "sre",
    email: "sre@example.com",
    id: "00u1sre0000000000697",
    groups: ["sre", "dev"],
    about: "groups sre and dev: Admin and ReadOnly, and administers the broker",
    costCenter: "platform",
  },
  {
    username: "outsider",
    name: "outsider",
    email: "outsider@example.com",
    id: "00u1out0000000000697",
    groups: [],
    about: "in no group: signs in and is given nothing",
    costCenter: "none",
  },
];

export const ENTRA_ACCOUNTS: readonly Account[] = [
  {
    username: "analyst",
    name: "analyst",
    email: "analyst@example.com",
    id: uuidOf("entra/analyst"),
    groups: [...Array.from({ length: 249 }, (_, place) => uuidOf(`entra/group/${place}`)), DATA_ANALYSTS],
    about: "in 250 groups, too many for a token: the broker asks Graph",
  },
];

export const GOOGLE_ACCOUNTS: readonly Account[] = [
  {
    username: "support",
    name: "support",
    email: "support@example.com",
    id: "107691503500061000042",
    groups: ["support-tokyo@example.com", "everyone@example.com", "volleyball@example.com"],
    about: "in a nested group that no token tells: the broker asks the Directory",
  },
];

/** Google groups inside groups: what the member is in. */
export const GOOGLE_NESTED: Readonly<Record<string, readonly string[]>> = {
  "support-tokyo@example.com": ["support@groups.example.com"],
  "support@groups.example.com": ["customer-facing@example.com"],
  // A circle, which real directories hold too.
  "customer-facing@example.com": ["support@groups.example.com"],
};
