/** Bytes of each function: what every cold start loads, what only some requests do, and samlify by itself. */
import { type Bundle, bundle, outputsAtStart, sizes } from "../../infra/build.ts";
import { BUDGETS } from "../bundle-budgets.ts";
import { atMost, type Row } from "./row.ts";

export async function bench(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const [name, budget] of Object.entries(BUDGETS)) rows.push(...rowsOf(await bundle(name), budget));
  return rows;
}

function rowsOf(made: Bundle, budget: number): Row[] {
  const { staticBytes, lazyBytes } = sizes(made);
  const samlify = samlifyBytes(made);
  const later = (what: string, value: number): Row[] =>
    value === 0 ? [] : [{ what: `${made.name}, ${what}`, value, unit: "bytes" }];
  return [
    {
      what: `${made.name}, at start`,
      value: staticBytes,
      unit: "bytes",
      budget: atMost(budget, staticBytes, `${budget / 1000} kB`),
      note: `${outputsAtStart(made).size} files, minified`,
    },
    ...later("when needed", lazyBytes - samlify),
    ...later("samlify, when a request needs it", samlify),
  ];
}

/** The chunks that hold samlify and what it brings. */
function samlifyBytes({ metafile: { outputs } }: Bundle): number {
  const holds = Object.values(outputs).filter(({ inputs }) =>
    Object.keys(inputs).some((path) => path.startsWith("node_modules/samlify/")),
  );
  return holds.reduce((sum, { bytes }) => sum + bytes, 0);
}
