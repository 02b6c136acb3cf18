import { openBase, openWayOut } from "../../lib/flows/open.ts";
import { openRules } from "../../lib/store/rules.ts";
import { once } from "../middleware.ts";

/** What the function holds. It reads HEAD anew for every request: an administrator acts on what is published now. */
export const broker = once(() => {
  const base = openBase(process.env);
  return { ...base, ...openWayOut(base), rules: openRules(base.table, base.clock, 0) };
});
