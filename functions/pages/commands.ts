/** What a person types to get each kind of token. */
export const LOGIN = { api: "sekisho login", credentials: "sekisho login --for credentials" } as const;
