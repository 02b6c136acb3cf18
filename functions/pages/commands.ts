/** What a person types to get each kind of token. */
export const LOGIN = { api: "sekisho login", credentials: "sekisho login --for credentials" } as const;

/** Where the token for the container-credentials wire is kept. */
export const TOKEN_FILE = "~/.sekisho/credentials-token";
