/** Somebody with a browser that keeps cookies per host, follows links and sends forms, and runs no script. */
export interface Person {
  /** Opens an address; follows redirects until a page answers or `stopAt` says enough. */
  open(url: string, options?: Options): Promise<Page>;
  /** Sends a page's form, the one whose action or button matches `which`, with these fields filled in. */
  send(
    page: Page,
    fields?: Readonly<Record<string, string>>,
    options?: Options & { which?: RegExp },
  ): Promise<Page>;
  /** Opens the link of a page whose address or text matches. */
  follow(page: Page, which: RegExp, options?: Options): Promise<Page>;
  readonly cookies: Map<string, Map<string, string>>;
}

interface Options {
  /** Does not follow a redirect to an address that matches; the answer is then the redirect itself. */
  readonly stopAt?: RegExp;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Every address that was opened on the way, the last one included. */
  readonly way: readonly string[];
}

interface Request {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly body?: URLSearchParams;
  readonly from?: string;
}

const MOST_REDIRECTS = 20;

export function newPerson(): Person {
  const cookies = new Map<string, Map<string, string>>();
  const sameSiteNone = new Set<string>();
  const jarOf = (url: string): Map<string, string> => {
    const { hostname } = new URL(url); // cookies ignore the port, as they do in browsers
    const jar = cookies.get(hostname) ?? new Map<string, string>();
    cookies.set(hostname, jar);
    return jar;
  };

  const ask = async ({ url, method, body, from }: Request, options: Options): Promise<Response> => {
    const site =
      from === undefined
        ? "none"
        : new URL(from).origin === new URL(url).origin
          ? "same-origin"
          : "cross-site";
    const jar = jarOf(url);
    // A form from another site brings SameSite=None cookies alone, as in browsers.
    const brought = [...jar].filter(
      ([name]) => method === "GET" || site === "same-origin" || sameSiteNone.has(name),
    );
    const answer = await fetch(url, {
      method,
      redirect: "manual",
      headers: {
        cookie: brought.map(([name, value]) => `${name}=${value}`).join("; "),
        "sec-fetch-site": site,
        "sec-fetch-mode": "navigate",
        "accept-language": "en",
        ...options.headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    for (const line of answer.headers.getSetCookie()) {
      keep(jar, line);
      if (/;\s*samesite=none\b/i.test(line)) sameSiteNone.add(line.slice(0, line.indexOf("=")));
    }
    return answer;
  };

  const go = async (first: Request, options: Options): Promise<Page> => {
    const way: string[] = [];
    let request = first;
    for (let hops = 0; hops < MOST_REDIRECTS; hops++) {
      way.push(request.url);
      const answer = await ask(request, options);
      const location = answer.headers.get("location");
      const next = location === null ? undefined : new URL(location, request.url).href;
      const enough =
        next === undefined || answer.status < 300 || answer.status > 399 || options.stopAt?.test(next);
      if (enough) {
        return {
          url: request.url,
          status: answer.status,
          headers: answer.headers,
          text: await answer.text(),
          way,
        };
      }
      await answer.arrayBuffer();
      // A redirect chain that crossed sites once stays cross-site to its end, as browsers tell it.
      request = { url: next, method: "GET", from: request.from ?? request.url };
    }
    throw new Error(`More than ${MOST_REDIRECTS} redirects: ${way.join(" -> ")}`);
  };

  return {
    cookies,
    open: (url, options = {}) => go({ url, method: "GET" }, options),
    follow: (page, which, options = {}) =>
      go({ url: linkOf(page, which), method: "GET", from: page.url }, options),
    send: (page, fields = {}, options = {}) => {
      const form = formOf(page, options.which);
      const all = new URLSearchParams({ ...form.fields, ...fields });
      const url = new URL(form.action, page.url);
      if (form.method === "GET") {
        url.search = all.toString();
        return go({ url: url.href, method: "GET", from: page.url }, options);
      }
      return go({ url: url.href, method: "POST", body: all, from: page.url }, options);
    },
  };
}

function keep(jar: Map<string, string>, line: string): void {
  const [pair = "", ...attributes] = line.split(";");
  const at = pair.indexOf("=");
  const over = attributes.some(
    (attribute) => /^\s*max-age=0$/i.test(attribute) || /^\s*expires=thu, 01 jan 1970/i.test(attribute),
  );
  if (over) jar.delete(pair.slice(0, at));
  else jar.set(pair.slice(0, at), pair.slice(at + 1));
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const plain = (text: string): string =>
  text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));/gi,
    (entity, hex?: string, decimal?: string, name = "") => {
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return Number.isNaN(code) ? (NAMED[name] ?? entity) : String.fromCodePoint(code);
    },
  );

const attribute = (tag: string, name: string): string | undefined => {
  const found = new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, "i").exec(tag);
  const value = found?.[1] ?? found?.[2] ?? found?.[3];
  return value === undefined ? undefined : plain(value);
};

interface Form {
  readonly action: string;
  readonly method: "GET" | "POST";
  readonly fields: Record<string, string>;
}

/** The first form, or the one whose markup matches, with the fields it carries already. */
export function formOf(page: Page, which: RegExp = /<form/i): Form {
  const form = (page.text.match(/<form\b[\s\S]*?<\/form>/gi) ?? []).find((markup) => which.test(markup));
  if (form === undefined)
    throw new Error(`No form ${which} on ${page.url} (${page.status}): ${page.text.slice(0, 400)}`);
  const [head = ""] = /<form\b[^>]*>/i.exec(form) ?? [];
  const method = attribute(head, "method")?.toUpperCase() === "POST" ? "POST" : "GET";
  const inputs = form.match(/<input\b[^>]*>/gi) ?? [];
  return {
    action: attribute(head, "action") ?? page.url,
    method,
    fields: Object.fromEntries(inputs.flatMap(fieldOf)),
  };
}

/** What an input sends as it stands; nothing for buttons and for boxes that are not ticked. */
function fieldOf(tag: string): [name: string, value: string][] {
  const [name, type = "text"] = [attribute(tag, "name"), attribute(tag, "type")?.toLowerCase()];
  const box = type === "checkbox" || type === "radio";
  if (name === undefined || type === "submit" || (box && !/\bchecked\b/i.test(tag))) return [];
  return [[name, attribute(tag, "value") ?? (box ? "on" : "")]];
}

/** The address of the first link whose address or text matches. */
export function linkOf(page: Page, which: RegExp): string {
  for (const markup of page.text.match(/<a\b[\s\S]*?<\/a>/gi) ?? []) {
    const address = attribute(markup, "href");
    if (address !== undefined && (which.test(address) || which.test(plain(markup.replace(/<[^>]*>/g, ""))))) {
      return new URL(address, page.url).href;
    }
  }
  throw new Error(`No link ${which} on ${page.url} (${page.status}): ${page.text.slice(0, 400)}`);
}

/** A page's text as a person reads it. */
export const readable = (page: Page): string =>
  plain(
    page.text
      .replace(/<(?:head|script|style)\b[\s\S]*?<\/(?:head|script|style)>/gi, "")
      .replace(/<[^>]*>/g, " "),
  ).replace(/\s+/g, " ");
