import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { conditionHolds, isOperator } from "../../../infra/local/aws/conditions.ts";
import { isConsoleDestination } from "../../../infra/local/aws/destination.ts";
import { parseXml } from "../../../infra/local/aws/dom.ts";
import { effectOf } from "../../../infra/local/aws/evaluate.ts";
import { AwsFault } from "../../../infra/local/aws/faults.ts";
import { globMatches } from "../../../infra/local/aws/glob.ts";
import { PARTITIONS } from "../../../infra/local/aws/partition.ts";
import { parsePolicy } from "../../../infra/local/aws/policy.ts";
import { readParameters } from "../../../infra/local/aws/query.ts";
import { readMetadata } from "../../../infra/local/aws/saml-metadata.ts";
import { openResponse } from "../../../infra/local/aws/saml-response.ts";
import { genuine, signResponse, writeResponse } from "./assertion.ts";
import { makeProvider, metadataOf, trustPolicy } from "./world.ts";

const provider = makeProvider();

/** Whether a parser takes its input or refuses it in AWS's words; anything else is a defect. */
function refusesInWords(parse: () => unknown): void {
  try {
    parse();
  } catch (thrown) {
    assert.ok(thrown instanceof AwsFault, String(thrown));
  }
}

/** A text with a piece cut out and another put in its place. */
const bent = (text: string) =>
  fc
    .tuple(
      fc.nat(text.length),
      fc.nat(40),
      fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom("<", ">", "&", '"', "<!--", "<?", "\0", "</a>")),
    )
    .map(([at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length));

const response = signResponse(writeResponse(genuine(1_800_000_000, provider)), provider);
const metadata = metadataOf(provider);

test("no bytes make the reader of responses fail", () => {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), bent(response).map(base64)), (text) =>
      refusesInWords(() => openResponse(text)),
    ),
    { numRuns: 400 },
  );
});

test("no text makes the reader of metadata fail", () => {
  fc.assert(
    fc.property(bent(metadata), (text) => refusesInWords(() => readMetadata(text))),
    { numRuns: 300 },
  );
});

test("no document makes the reader of policies fail", () => {
  const parse = (text: string) =>
    refusesInWords(() => {
      for (const kind of ["identity", "trust", "key"] as const) parsePolicy(text, kind);
    });
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), bent(trustPolicy())), parse), { numRuns: 500 });
  const statement = fc.record(
    {
      Effect: fc.constantFrom("Allow", "Deny", 1),
      Action: fc.oneof(fc.string(), fc.array(fc.string())),
      Resource: fc.anything(),
      Principal: fc.anything(),
      Condition: fc.anything(),
    },
    { requiredKeys: [] },
  );
  const write = (Statement: unknown) => JSON.stringify({ Version: "2012-10-17", Statement });
  fc.assert(
    fc.property(statement, (each) => parse(write([each]))),
    { numRuns: 500 },
  );
});

test("no form makes the reader of parameters fail, and what URLSearchParams writes it reads back", () => {
  fc.assert(fc.property(fc.string(), (text) => refusesInWords(() => readParameters(text))));
  const word = fc.string({ minLength: 1, unit: "grapheme" });
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(word, word), { selector: ([name]) => name }), (pairs) => {
      const body = new URLSearchParams(pairs).toString();
      assert.deepEqual([...readParameters(body)], pairs);
    }),
  );
});

test("a glob matches as the regular expression of the same shape", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", ":"), maxLength: 10 });
  const plain = fc.string({ unit: fc.constantFrom("a", "b", ":"), maxLength: 12 });
  fc.assert(
    fc.property(letters, plain, (pattern, text) => {
      const shape = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
      assert.equal(globMatches(pattern, text), shape.test(text), `${pattern} ${text}`);
    }),
    { numRuns: 2000 },
  );
});

test("a glob of many stars is decided at once", () => {
  assert.equal(globMatches(`${"a*".repeat(400)}c`, "a".repeat(2000)), false);
});

const NEGATIONS = [
  ["StringEquals", "StringNotEquals"],
  ["StringLike", "StringNotLike"],
  ["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"],
  ["ForAnyValue:StringLike", "ForAllValues:StringNotLike"],
  ["ForAllValues:StringEquals", "ForAnyValue:StringNotEquals"],
] as const;
test("an operator and its negation never agree, a missing key included", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "B", "*"), maxLength: 3 });
  fc.assert(
    fc.property(
      fc.constantFrom(...NEGATIONS),
      fc.array(word, { minLength: 1, maxLength: 3 }),
      fc.array(word, { maxLength: 3 }),
      ([operator, negation], values, actual) => {
        assert.ok(isOperator(operator) && isOperator(negation));
        const set = operator.startsWith("For");
        const context = new Map(actual.length ? [["x:y", set ? actual : actual.slice(0, 1)]] : []);
        const hold = (name: string) =>
          conditionHolds({ operator: name, key: "x:Y", values }, context, "Allow");
        assert.notEqual(hold(operator), hold(negation));
      },
    ),
    { numRuns: 1000 },
  );
});

test("adding a deny never lets more through, and adding an allow never lets less", () => {
  const action = fc.constantFrom("s3:*", "s3:Get*", "s3:GetObject", "iam:*", "*");
  const statement = (Effect: string) => action.map((Action) => ({ Effect, Action, Resource: "*" }));
  const parse = (Statement: readonly object[]) =>
    parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement }), "identity");
  const wish = { action: "s3:GetObject", resource: "arn:aws:s3:::b/k", context: new Map() };
  const some = fc.array(fc.oneof(statement("Allow"), statement("Deny")), { minLength: 1, maxLength: 4 });
  const rank = { deny: 0, silent: 1, allow: 2 } as const;
  fc.assert(
    fc.property(some, statement("Deny"), statement("Allow"), (base, deny, allow) => {
      const before = effectOf(parse(base), wish);
      assert.ok(effectOf(parse([...base, deny]), wish) !== "allow" || before === "allow");
      assert.ok(rank[effectOf(parse([...base, allow]), wish)] >= rank[before]);
    }),
  );
});

test("a destination that is accepted is one a browser takes to AWS or to this machine", () => {
  const own = "http://127.0.0.1:8701";
  const piece = fc.constantFrom(
    "https://",
    "http://",
    "//",
    "@",
    ":",
    "/",
    "\\",
    "?",
    "#",
    ".",
    "x",
    "console.aws.amazon.com",
    "evil.example",
    "127.0.0.1:8701",
    "/console/",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 7 }), (pieces) => {
      const text = pieces.join("");
      for (const partition of PARTITIONS)
        if (isConsoleDestination(text, partition, own)) {
          const { hostname, origin } = new URL(text);
          assert.ok(origin === own || /(^|\.)console\.aws\.amazon\.com$/.test(hostname), text);
        }
    }),
    { numRuns: 3000 },
  );
});

test("no text makes the XML parser throw", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), bent(response)), (text) => void parseXml(text)),
    { numRuns: 300 },
  );
});
