import * as v from "valibot";
import { AccountId, RoleName } from "../lib/core/role.ts";
import { TokenPurpose } from "../lib/core/session.ts";

/** What the addresses under `/api` outside administration are sent; the API's description is made of the same. */

const Handle = v.pipe(v.string(), v.regex(/^[\w-]{43}$/));

/** `GET /api/login/authorize`. */
export const Authorize = v.object({
  purpose: TokenPurpose,
  port: v.pipe(
    v.string(),
    v.regex(/^\d{4,5}$/),
    v.transform(Number),
    v.minValue(1024, "a loopback port from 1024"),
    v.maxValue(65_535),
  ),
  state: v.pipe(v.string(), v.regex(/^[\w-]{16,128}$/)),
  challenge: Handle,
  lang: v.optional(v.string()),
});

/** `GET /api/login/approve`. */
export const Answer = v.object({ ticket: Handle, deny: v.optional(v.string()) });

/** `POST /api/login/token`. */
export const Redeem = v.strictObject({
  code: Handle,
  verifier: v.pipe(v.string(), v.regex(/^[A-Za-z0-9._~-]{43,128}$/)),
});

/** The role whose credentials a program asks for. */
export const RoleAddress = v.object({ accountId: AccountId, role: RoleName });

const List = v.union([
  v.array(v.string()),
  v.pipe(
    v.string(),
    v.transform((text) => text.split(",")),
  ),
]);

/** How they shall be narrower: query and JSON body together. */
export const Narrow = v.strictObject({
  scope: v.optional(v.pipe(v.string(), v.maxLength(48))),
  parameters: v.optional(v.record(v.string(), v.pipe(v.string(), v.maxLength(1024)))),
  policy: v.optional(
    v.union([
      v.pipe(v.string(), v.maxLength(2048)),
      v.pipe(
        v.looseObject({}),
        v.transform((policy) => JSON.stringify(policy)),
      ),
    ]),
  ),
  policyArns: v.optional(List),
  durationSeconds: v.optional(
    v.pipe(v.union([v.number(), v.string()]), v.transform(Number), v.integer(), v.maxValue(43_200)),
  ),
  sourceIp: v.optional(List),
});
