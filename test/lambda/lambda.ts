import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Functions } from "../../infra/local/functions.ts";
import { type Container, startContainer } from "./container.ts";
import type { Shipped } from "./template.ts";
import { unzip } from "./zip.ts";

/** Environments of one function at once: enough for a browser. */
const MOST = 8;

interface Fleet {
  readonly shipped: Shipped;
  readonly folder: string;
  readonly bytes: number;
  readonly idle: Container[];
  readonly all: Container[];
}

/** Packaged functions under a runtime API of their own, as Lambda runs them. */
export interface Lambda extends Functions {
  /** Every environment that was started for a function. */
  containers(name: string): readonly Container[];
  /** Zip, its size, how long each start took and how many events it served. */
  transcript(): readonly string[];
  /** Lines that functions printed. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

/**
 * Unpacks the zips and invokes them by name; an environment is started when none is idle, and thrown away when it ended.
 *
 * @param environmentOf What a function finds in its environment.
 */
export function openLambda(options: {
  readonly folder: string;
  readonly functions: readonly Shipped[];
  readonly zipOf: (name: string) => Buffer;
  readonly environmentOf: (shipped: Shipped) => Promise<Readonly<Record<string, string>>>;
}): Lambda {
  const lines: string[] = [];
  const fleets = new Map(
    options.functions.map((shipped): [string, Fleet] => {
      const zip = options.zipOf(shipped.name);
      const folder = join(options.folder, shipped.name);
      for (const [name, bytes] of unzip(zip)) writeReadOnly(join(folder, name), bytes);
      return [shipped.name, { shipped, folder, bytes: zip.length, idle: [], all: [] }];
    }),
  );
  const fleetOf = (name: string): Fleet => {
    const fleet = fleets.get(name);
    if (fleet === undefined) throw new Error(`the template has no function ${name}`);
    return fleet;
  };
  const start = async (fleet: Fleet): Promise<Container> => {
    const { handler, functionName, timeoutSeconds } = fleet.shipped;
    if (fleet.all.filter((one) => one.alive()).length >= MOST)
      throw new Error(`${functionName} is throttled`);
    const environment = await options.environmentOf(fleet.shipped);
    const heard = (line: string) => void lines.push(line);
    const container = await startContainer({
      handler,
      functionName,
      timeoutSeconds,
      folder: fleet.folder,
      environment,
      heard,
    });
    fleet.all.push(container);
    return container;
  };
  return {
    lines,
    containers: (name) => fleetOf(name).all,
    async invoke(name, event) {
      const fleet = fleetOf(name);
      const container = fleet.idle.pop() ?? (await start(fleet));
      try {
        return await container.invoke(event);
      } finally {
        if (container.alive()) fleet.idle.push(container);
      }
    },
    warm: async () => {
      for (const fleet of fleets.values()) fleet.idle.push(await start(fleet));
    },
    transcript: () =>
      [...fleets].map(([name, { bytes, all }]) => {
        const starts = all.map(({ initMilliseconds }) => `${initMilliseconds.toFixed(0)} ms`).join(", ");
        const events = all.reduce((sum, one) => sum + one.served(), 0);
        return `${name}.zip ${Math.ceil(bytes / 1000)} kB: ${all.length} environments started (${starts}), ${events} events`;
      }),
    stop: async () => {
      await Promise.all([...fleets.values()].flatMap(({ all }) => all.map((one) => one.stop())));
      rmSync(options.folder, { recursive: true, force: true });
    },
  };
}

/** As on Lambda, where the code folder cannot be written. */
function writeReadOnly(file: string, bytes: Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  chmodSync(file, 0o444);
}
