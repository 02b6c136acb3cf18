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

/** Values of which one object is made, on average and at most. */
const VALUES_PER_OBJECT = 50;
const COMMA = 0x2c;

/** How many values a text of JSON holds at most, by its commas: known before `[{},{},...]` takes fifty times its length. */
export function valuesIn(text: Uint8Array): number {
  let values = 1;
  for (let at = text.indexOf(COMMA); at >= 0; at = text.indexOf(COMMA, at + 1)) values++;
  return values;
}

/** @throws {Refusal} `configuration_too_large` of more values than the memory for so many objects holds. */
export function refuseValues(values: number, most: number): void {
  if (values <= most * VALUES_PER_OBJECT) return;
  const hint = `These are ${values} values, and this way at most ${most * VALUES_PER_OBJECT} can be worked on. ${NEXT}`;
  throw new Refusal("configuration_too_large", { values, most }, { about: { hint } });
}

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
