type Payload = Record<string, unknown>;

interface Entry {
  readonly payload: Payload;
  readonly endsAt: number;
}

/**
 * Storage of one demo OpenID provider, in memory. Made per provider: the library's own in-memory adapter is shared by
 * all providers of a process, which here are different vendors.
 *
 * @see https://github.com/panva/node-oidc-provider/blob/main/example/my_adapter.js
 */
export function memoryAdapter(): (model: string) => Record<string, (...given: never[]) => Promise<unknown>> {
  const entries = new Map<string, Entry>();
  const read = (key: string): Payload | undefined => {
    const entry = entries.get(key);
    if (entry && entry.endsAt > Date.now()) return entry.payload;
    entries.delete(key);
    return undefined;
  };
  return (model) => {
    const key = (id: string): string => `${model}:${id}`;
    return {
      async upsert(id: string, payload: Payload, expiresIn?: number) {
        const endsAt = expiresIn === undefined ? Number.POSITIVE_INFINITY : Date.now() + expiresIn * 1000;
        entries.set(key(id), { payload, endsAt });
      },
      async find(id: string) {
        return read(key(id));
      },
      async findByUid(uid: string) {
        const found = [...entries].find(
          ([name, { payload }]) => name.startsWith(key("")) && payload.uid === uid,
        );
        return found && read(found[0]);
      },
      async findByUserCode() {
        return undefined;
      },
      async consume(id: string) {
        const payload = read(key(id));
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      async destroy(id: string) {
        entries.delete(key(id));
      },
      async revokeByGrantId(grantId: string) {
        for (const [name, { payload }] of entries) if (payload.grantId === grantId) entries.delete(name);
      },
    };
  };
}
