declare module "dynalite" {
  import type { Server } from "node:http";

  /** A DynamoDB look-alike as an HTTP server that does not listen yet. */
  function dynalite(options: {
    /** Folder of the LevelDB store; in memory where absent. */
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }): Server;
  export = dynalite;
}
