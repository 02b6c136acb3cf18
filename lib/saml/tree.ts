import { Refusal, type RefusalCode } from "../core/errors.ts";
import type { XmlElement } from "./xml.ts";
import { isBlank } from "./xml-text.ts";

export const isElement = (child: XmlElement | string): child is XmlElement => typeof child !== "string";

export const is = (element: XmlElement, namespace: string, local: string): boolean =>
  element.local === local && element.namespace === namespace;

/** The value of an attribute without a namespace: `x:ID` is not `ID`. */
export function attribute(element: XmlElement, name: string): string | undefined {
  for (const { local, namespace, value } of element.attributes)
    if (local === name && namespace === "") return value;
  return undefined;
}

/** Text of an element that holds nothing else; undefined when an element stands inside. */
export function textOf(element: XmlElement): string | undefined {
  const first = element.children[0] ?? "";
  return typeof first === "string" && element.children.length < 2 ? first : undefined;
}

/** The elements inside an element that holds nothing else but white space. @throws {Refusal} of `code`. */
export function elementsOf(element: XmlElement, code: RefusalCode): XmlElement[] {
  const found: XmlElement[] = [];
  for (const child of element.children) {
    if (isElement(child)) found.push(child);
    else if (!isBlank(child)) throw new Refusal(code, { element: element.local, reason: "text" });
  }
  return found;
}

/** The one element of a name among others; undefined where there is none. @throws {Refusal} of `code` for two. */
export function only(
  among: readonly XmlElement[],
  namespace: string,
  local: string,
  code: RefusalCode,
): XmlElement | undefined {
  const [first, second] = among.filter((element) => is(element, namespace, local));
  if (second !== undefined) throw new Refusal(code, { element: local, reason: "twice" });
  return first;
}

/** Text without the white space around it. XML knows four such characters, `trim` many more. */
export function collapse(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(text.charAt(from))) from++;
  while (to > from && isBlank(text.charAt(to - 1))) to--;
  return text.slice(from, to);
}

/** What a stranger wrote, short enough for a log. */
export const quoted = (text: string | undefined): string | undefined => text?.slice(0, 200);
