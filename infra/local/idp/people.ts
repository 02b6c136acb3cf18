import type { Account } from "./accounts.ts";
import { dashboardPage, type Face, signInPage, type Tile } from "./pages.ts";
import { openSessions, type Session, type Sessions } from "./sessions.ts";
import { type Answer, html, ownPath, redirect, type Visit } from "./site.ts";

/** What every people-provider has: sign-in page, dashboard with tiles, sign-out. */
export interface People {
  readonly face: Face;
  readonly accounts: readonly Account[];
  readonly sessions: Sessions;
  /** Answers `/`, `/login` and `/signout`; undefined for every other address. */
  visit(visit: Visit): Promise<Answer | undefined>;
  /** Judges a submitted sign-in form. */
  checkForm(form: URLSearchParams): { account: Account; mfa: boolean } | undefined;
}

export function openPeople(options: {
  readonly face: Face;
  readonly accounts: readonly Account[];
  readonly cookieName: string;
  readonly tiles: readonly Tile[];
  /** Cookies of other libraries that must end with the session. */
  readonly alsoClear?: readonly string[];
}): People {
  const { face, accounts, tiles } = options;
  const sessions = openSessions(options.cookieName);
  const cleared = (options.alsoClear ?? []).map((name) => `${name}=; Path=/; Max-Age=0`);

  const checkForm = (form: URLSearchParams) => {
    const account = accounts.find(({ username }) => username === form.get("username")?.trim());
    if (!account || form.get("password") !== account.username) return undefined;
    return { account, mfa: face.tellsMfa && form.get("mfa") === "yes" };
  };

  const login = async (visit: Visit): Promise<Answer> => {
    const sent = visit.method === "POST" ? await visit.form() : visit.query;
    const to = ownPath(sent.get("to"));
    const good = visit.method === "POST" ? checkForm(sent) : undefined;
    if (good) return redirect(to, [...cleared, sessions.open(good.account, good.mfa)]);
    return html(
      signInPage(face, accounts, {
        action: "/login",
        hidden: { to },
        fault: visit.method === "POST" ? "Name and password do not match an account here." : undefined,
        username: sent.get("username") ?? "",
        wantsMfa: visit.query.get("mfa") === "wanted",
      }),
      visit.method === "POST" ? { status: 401 } : {},
    );
  };

  return {
    face,
    accounts,
    sessions,
    checkForm,
    async visit(visit) {
      if (visit.path === "/login") return login(visit);
      if (visit.path === "/signout") return redirect("/login", [...cleared, sessions.close(visit)]);
      if (visit.path !== "/") return undefined;
      const session: Session | undefined = sessions.find(visit);
      return session ? html(dashboardPage(face, session, tiles)) : redirect("/login");
    },
  };
}
