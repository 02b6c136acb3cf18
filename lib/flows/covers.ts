import { Refusal } from "../core/errors.ts";
import { readHead } from "../store/rules.ts";
import type { Admin } from "./admin.ts";
import { objectsIn, type Planning, prepare } from "./plan.ts";

/** What of something kept is looked at: where it lies, and whether it waits, or waited, for a second person. */
interface Covered {
  readonly source: readonly string[];
  readonly takesTwo: boolean;
}

/**
 * Whoever ends what somebody else wishes for could have agreed to it: a person where it takes two people, whose right
 * reaches all that it changes.
 *
 * @throws {Refusal} `approval_not_yours` of a program, `right_exceeded`.
 */
export async function refuseUncovered(
  broker: Planning,
  { source, takesTwo }: Covered,
  author: Admin,
): Promise<void> {
  if (takesTwo && author.actor !== "person") throw new Refusal("approval_not_yours", {});
  if (author.reach === "everything") return;
  if (author.reach === "nothing") throw new Refusal("right_exceeded");
  const [head, objects] = await Promise.all([readHead(broker.table), objectsIn(broker.table, source)]);
  const { beyond } = await prepare(broker, head, { objects, author, promises: "not asked" });
  if (beyond) throw new Refusal("right_exceeded", { waits: true });
}
