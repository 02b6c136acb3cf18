import { TABLE_ROWS } from "./rows.ts";
import { testRows } from "./table.ts";

testRows(TABLE_ROWS.filter(({ path }) => path !== "ACS" && path !== "admin apply"));
