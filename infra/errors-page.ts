import { writeFileSync } from "node:fs";
import { REFUSALS } from "../lib/core/errors.ts";
import { AWS_REFUSALS } from "../lib/core/refusals/aws.ts";
import { BROKER_REFUSALS } from "../lib/core/refusals/broker.ts";
import { OIDC_REFUSALS } from "../lib/core/refusals/oidc.ts";
import { RULES_REFUSALS } from "../lib/core/refusals/rules.ts";
import { SAML_REFUSALS } from "../lib/core/refusals/saml.ts";

const AREAS = {
  "The broker itself": BROKER_REFUSALS,
  "Sign-in with SAML": SAML_REFUSALS,
  "Sign-in with OpenID, and tokens of workloads": OIDC_REFUSALS,
  "Rules and configuration": RULES_REFUSALS,
  AWS: AWS_REFUSALS,
};

const NEXT = {
  sign_in: "sign in",
  sign_in_mfa: "sign in with a second factor",
  retry: "try again",
  home: "back to the roles",
  ask_admin: "ask an administrator",
  fix_request: "correct the request",
} as const;

const HEAD = `# Refusals

Every way the broker says no. A page, a JSON answer and an AWS client's fault all carry the code as it stands here, and
a reference id of 26 characters; the log line and the audit event of the refusal carry both too, with details that a
stranger must not read. Codes are specific; the sentence is what anybody may read, so all proofs that fail share one.

Made from \`lib/core/refusals\` by \`node infra/errors-page.ts\`; \`test/docs.test.ts\` fails while this page is behind.
`;

/** The whole of docs/errors.md. */
export function errorsPage(): string {
  const sections = Object.entries(AREAS).map(([title, rows]) => {
    const lines = Object.keys(rows).map((code) => {
      const [status, sentence, , next] = REFUSALS[code as keyof typeof REFUSALS];
      return `| \`${code}\` | ${status} | ${sentence} | ${NEXT[next]} |`;
    });
    return [
      `## ${title}`,
      "",
      "| code | status | what the person reads | next step |",
      "| --- | --- | --- | --- |",
      ...lines,
    ]
      .join("\n")
      .concat("\n");
  });
  return [HEAD, ...sections].join("\n");
}

if (import.meta.main) writeFileSync(new URL("../docs/errors.md", import.meta.url), errorsPage());
