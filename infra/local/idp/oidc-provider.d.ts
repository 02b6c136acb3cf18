/** The part of oidc-provider, which ships no types, that the demo providers use. */
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  /** The part of Koa's context that the demo providers touch. */
  export interface ProviderContext {
    body: unknown;
    type: string;
    readonly path: string;
    readonly response: { get(name: string): string };
    set(name: string, value: string): void;
    readonly oidc: {
      readonly params?: Readonly<Record<string, string | undefined>>;
      readonly route?: string;
      readonly client?: { readonly clientId: string };
      readonly session?: {
        readonly amr?: readonly string[];
        readonly accountId?: string;
        grantIdFor(clientId: string): string | undefined;
      };
      readonly result?: { readonly login?: unknown };
      readonly provider: Provider;
    };
  }

  export interface Interaction {
    readonly uid: string;
    readonly prompt: { readonly name: string; readonly reasons: readonly string[] };
    readonly params: Readonly<Record<string, string | undefined>>;
  }

  export interface Grant {
    addOIDCScope(scope: string): void;
    addOIDCClaims(claims: readonly string[]): void;
    save(): Promise<string>;
  }

  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    readonly Grant: new (of: {
      readonly accountId: string;
      readonly clientId: string;
    }) => Grant;
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    use(middleware: (ctx: ProviderContext, next: () => Promise<void>) => Promise<void>): this;
    on(event: string, listener: (ctx: ProviderContext, error: Error) => void): this;
    registerGrantType(
      name: string,
      handler: (ctx: ProviderContext, next: () => Promise<void>) => Promise<void>,
      parameters: readonly string[],
    ): void;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: Readonly<Record<string, unknown>>,
      options?: { readonly mergeWithLastSubmission?: boolean },
    ): Promise<void>;
  }

  export const interactionPolicy: {
    base(): { get(name: string): { checks: { add(check: unknown): void } } };
    Check: new (
      reason: string,
      description: string,
      error: string,
      check: (ctx: ProviderContext) => boolean,
    ) => unknown;
  };
}
