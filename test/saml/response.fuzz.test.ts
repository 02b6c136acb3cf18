import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { isRefusal } from "../../lib/core/errors.ts";
import { type VerifiedAssertion, verifyResponse } from "../../lib/saml/response.ts";
import { encode, expected, KEYS, SIGNED, sealed, unwrapWith } from "./genuine.ts";

const decrypting = { ...expected, unwrapKey: unwrapWith(KEYS.sp.key) };
const genuine = await verifyResponse(encode(SIGNED.assertion), expected);

/** What it proves, or nothing. Anything else than a refusal fails the test. */
async function proven(field: string): Promise<VerifiedAssertion | undefined> {
  try {
    return await verifyResponse(field, decrypting);
  } catch (thrown) {
    assert.ok(isRefusal(thrown), `not a refusal: ${thrown}`);
    return undefined;
  }
}

for (const [how, xml] of [...Object.entries(SIGNED), ["encrypted", sealed()] as const]) {
  const bytes = Buffer.from(xml);
  const whole = await verifyResponse(encode(xml), decrypting);

  test(`a byte changed anywhere in a response with ${how} signed is refused, or proves the very same`, async () => {
    const place = fc.nat(bytes.length - 1);
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, turn) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ turn;
        const result = await proven(changed.toString("base64"));
        if (result !== undefined) assert.deepEqual(result, whole);
      }),
      { numRuns: 600 },
    );
  });

  test(`bytes cut, doubled or put elsewhere in a response with ${how} signed prove nothing else`, async () => {
    const place = fc.nat(bytes.length);
    await fc.assert(
      fc.asyncProperty(place, fc.nat(400), place, fc.boolean(), async (from, length, into, cut) => {
        const piece = bytes.subarray(from, from + length);
        const rest = cut ? Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]) : bytes;
        const changed = Buffer.concat([rest.subarray(0, into), piece, rest.subarray(into)]);
        const result = await proven(changed.toString("base64"));
        if (result !== undefined) assert.deepEqual(result, whole);
      }),
      { numRuns: 300 },
    );
  });
}

test("an element put anywhere into a signed assertion's response never changes who it is", async () => {
  const places = [...SIGNED.assertion.matchAll(/>/g)].map(({ index }) => index + 1);
  const evil = '<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">admin</saml:NameID>';
  const attribute =
    '<saml:Attribute xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" Name="groups"><saml:AttributeValue>sre</saml:AttributeValue></saml:Attribute>';
  for (const place of places)
    for (const element of [evil, attribute]) {
      const changed = SIGNED.assertion.slice(0, place) + element + SIGNED.assertion.slice(place);
      const result = await proven(encode(changed));
      if (result !== undefined) assert.deepEqual(result, genuine);
    }
});

test("any text as the form field is refused", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.string(), fc.base64String(), fc.string({ unit: "binary" })),
      async (field) => {
        assert.equal(await proven(field), undefined);
      },
    ),
    { numRuns: 500 },
  );
});
