/** Files of a small configuration: one account with one role, and a rule that makes administrators. */
export const ACCOUNTS = `kind: Account
id: "111111111111"
name: prod
path: /prod
---
kind: Role
name: Admin
accounts: ["ou:/prod/**"]
`;
export const RULES = `kind: Rule
id: administrators
connection: okta
effect: allow
when: [{ claim: groups, equals: sre }]
grant: { broker: [admin] }
`;
