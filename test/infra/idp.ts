/** A browser without script: keeps cookies per origin, follows redirects one at a time. */
export interface Browser {
  get(url: string): Promise<Page>;
  post(url: string, fields: Readonly<Record<string, string>>): Promise<Page>;
  /** Follows redirects until a page, at most ten; stops before an origin in `foreign`. */
  follow(page: Page, foreign?: string): Promise<Page>;
}

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly body: string;
  readonly location: string | undefined;
  readonly headers: Headers;
}

export function openBrowser(): Browser {
  const jar = new Map<string, Map<string, string>>();
  // Cookies do not tell ports apart.
  const cookiesOf = (url: string): Map<string, string> => {
    const { hostname } = new URL(url);
    const cookies = jar.get(hostname) ?? new Map<string, string>();
    jar.set(hostname, cookies);
    return cookies;
  };
  const send = async (url: string, init: RequestInit = {}): Promise<Page> => {
    const cookies = cookiesOf(url);
    const header = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, {
      ...init,
      redirect: "manual",
      headers: { ...(header ? { cookie: header } : {}), ...(init.headers as Record<string, string>) },
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = "", ...rest] = line.split(";");
      const [name = "", ...value] = pair.split("=");
      const gone = rest.some((part) => /^\s*(?:max-age=0|expires=Thu, 01 Jan 1970)/i.test(part));
      if (gone) cookies.delete(name);
      else cookies.set(name, value.join("="));
    }
    const location = response.headers.get("location");
    return {
      url,
      status: response.status,
      body: await response.text(),
      location: location ? new URL(location, url).href : undefined,
      headers: response.headers,
    };
  };
  return {
    get: send,
    post: (url, fields) => send(url, { method: "POST", body: new URLSearchParams(fields) }),
    async follow(page, foreign) {
      let current = page;
      for (let hops = 0; hops < 10 && current.location; hops++) {
        if (foreign && current.location.startsWith(foreign)) return current;
        current = await send(current.location);
      }
      return current;
    },
  };
}

const unescapeHtml = (text: string): string =>
  text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

/** The first form of a page: where it goes and its hidden and text fields. */
export function formOf(page: Page): { action: string; fields: Record<string, string> } {
  const form = /<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/.exec(page.body);
  if (!form) throw new Error(`no form in ${page.url} (${page.status}): ${page.body.slice(0, 300)}`);
  const fields: Record<string, string> = {};
  for (const [input] of (form[2] ?? "").matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1];
    if (name && !/type="checkbox"/.test(input))
      fields[name] = unescapeHtml(/value="([^"]*)"/.exec(input)?.[1] ?? "");
  }
  return { action: new URL(unescapeHtml(form[1] ?? ""), page.url).href, fields };
}

/** Fills in the sign-in form of a demo provider and sends it. */
export async function signIn(
  browser: Browser,
  page: Page,
  name: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Page> {
  const { action, fields } = formOf(page);
  return browser.post(action, { ...fields, username: name, password: name, ...more });
}
