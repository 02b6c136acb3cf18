/** Everything around the broker in a process of its own: table, AWS, providers. Tells its parent where it all stands. */
import { startStack } from "../../../infra/local/stack.ts";

const stack = await startStack({ port: 0 });
process.send?.({ urls: stack.urls, environment: stack.environment });
process.once("disconnect", () => void stack.stop().finally(() => process.exit(0)));
