import { createPrivateKey, generateKeyPair, type KeyObject } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** Signing keys of the demo providers by name; made when first asked for, kept in a folder where there is one. */
export type Keyring = (name: string) => Promise<KeyObject>;

const generate = promisify(generateKeyPair);

/**
 * @param folder Where keys outlive the process; in memory only where absent. They open nothing outside this machine.
 */
export function openKeyring(folder?: string): Keyring {
  const held = new Map<string, Promise<KeyObject>>();
  return (name) => {
    const key = held.get(name) ?? (folder ? kept(folder, name) : fresh());
    held.set(name, key);
    return key;
  };
}

const fresh = async (): Promise<KeyObject> => (await generate("rsa", { modulusLength: 2048 })).privateKey;

async function kept(folder: string, name: string): Promise<KeyObject> {
  const file = join(folder, `${name}.pem`);
  try {
    return createPrivateKey(await readFile(file, "utf8"));
  } catch {
    const key = await fresh();
    await mkdir(folder, { recursive: true });
    await writeFile(file, key.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    return key;
  }
}
