import { IdPMetadata, SamlLib, SPMetadata } from "samlify";

/**
 * What we use of samlify. This file is what is imported late, never the package: of a CommonJS package that is imported
 * late, bundlers give the `default` alone.
 */
export const samlify = { IdPMetadata, SamlLib, SPMetadata };
