/**
 * What a filter pattern of CloudWatch Logs says to a line, as far as ours go: comparisons with a text or a number,
 * joined by `&&` and `||`, in parentheses.
 *
 * @throws {Error} of anything else: a pattern that is not understood here is proven by nothing.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function matches(pattern: string, line: string): boolean {
  const [, inner] = /^\{ (.*) \}$/.exec(pattern) ?? [];
  if (inner === undefined) throw new Error(`${pattern} is no pattern over JSON`);
  const tokens = inner.match(/\(|\)|&&|\|\||\$\.[\w.]+ = (?:"[^"*\\]*"|\d+)/g) ?? [];
  if (tokens.join("").replaceAll(" ", "") !== inner.replaceAll(" ", ""))
    throw new Error(`${pattern} is not understood`);
  const fields = fieldsOf(line);
  if (fields === undefined) return false; // a line that is no JSON is counted by no pattern over JSON
  let at = 0;
  const one = (): boolean => {
    const token = tokens[at++] ?? "";
    if (token !== "(") return holds(token, fields);
    const value = any();
    if (tokens[at++] !== ")") throw new Error(`${pattern} is not closed`);
    return value;
  };
  const all = (): boolean => {
    let value = one();
    while (tokens[at] === "&&") {
      at++;
      value = one() && value;
    }
    return value;
  };
  const any = (): boolean => {
    let value = all();
    while (tokens[at] === "||") {
      at++;
      value = all() || value;
    }
    return value;
  };
  return any();
}

function fieldsOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function holds(comparison: string, fields: unknown): boolean {
  const [, path = "", wanted = ""] = /^\$\.([\w.]+) = (.+)$/.exec(comparison) ?? [];
  let found = fields;
  for (const step of path.split("."))
    found =
      typeof found === "object" && found !== null ? (found as Record<string, unknown>)[step] : undefined;
  return found === JSON.parse(wanted);
}
