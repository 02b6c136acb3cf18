import { AWS_ROWS } from "./rows.ts";
import { testRows } from "./table.ts";

testRows(AWS_ROWS);
