import type { Account, AccountSelector } from "../core/role.ts";

/** Whether an account is meant by a selector (decision 5). */
export function selects(selector: AccountSelector, account: Pick<Account, "id" | "path" | "tags">): boolean {
  if (selector.startsWith("ou:")) return inUnit(selector.slice(3), account.path);
  if (selector.startsWith("tag:")) return hasTag(selector.slice(4), account.tags);
  return selector === account.id;
}

/** `/prod` is that unit alone; `/prod/**` it and all below. `/prod-eu` lies in neither. */
function inUnit(unit: string, path: string): boolean {
  if (!unit.endsWith("/**")) return unit === path;
  const root = unit.slice(0, -3);
  return root === path || path.startsWith(`${root}/`);
}

/** The first `=` ends the key; what follows is the whole value, byte for byte. */
function hasTag(text: string, tags: Account["tags"]): boolean {
  const at = text.indexOf("=");
  const key = text.slice(0, at);
  return Object.hasOwn(tags, key) && tags[key] === text.slice(at + 1);
}
