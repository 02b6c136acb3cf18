import { deadline } from "../core/deadline.ts";
import { Refusal } from "../core/errors.ts";

const NEXT =
  "Apply with `--function` and the name of the admin function: invoked directly it has 15 minutes. Its memory is `adminMemory` (docs/operations.md).";

/** The refusal of more objects than can be worked on. */
export const tooLarge = (objects: number, most: number): Refusal =>
  new Refusal(
    "configuration_too_large",
    { objects, most },
    {
      about: { hint: `${objects} objects were sent, and this way at most ${most} can be worked on. ${NEXT}` },
    },
  );

/** Milliseconds in which a request that began nothing still answers. */
const TIME_TO_ANSWER = 1500;

/**
 * Ends work that would not come to an end in the time of its request.
 *
 * @throws {Refusal} `configuration_too_large`.
 */
export function refuseLate(objects: number): void {
  if ((deadline()?.left() ?? Number.POSITIVE_INFINITY) > TIME_TO_ANSWER) return;
  const hint = `${objects} objects take longer than a request may. ${NEXT}`;
  throw new Refusal("configuration_too_large", { objects, time: "over" }, { about: { hint } });
}
