import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { openClient } from "./load/client.ts";
import { newTally, type Places, providerSession, signInOnce } from "./load/drive.ts";

/** A whole local stack in a process of its own, and somebody signed in to it. */
export interface Surroundings {
  readonly urls: Places;
  /** What a function finds in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The session cookie of `sre`, as a browser sends it. */
  readonly session: string;
  close(): Promise<void>;
}

export async function openSurroundings(): Promise<Surroundings> {
  const child = fork(join(import.meta.dirname, "load/surroundings.ts"), {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ended = once(child, "exit");
  const [told] = (await Promise.race([
    once(child, "message"),
    ended.then(([code]) => Promise.reject(new Error(`the stack ended with ${code}`))),
  ])) as [{ urls: Places; environment: Record<string, string> }];
  const client = openClient({});
  const session = await signInOnce(client, told.urls, await providerSession(client, told.urls), newTally());
  client.close();
  return {
    ...told,
    session,
    close: async () => {
      child.disconnect();
      await ended;
    },
  };
}
