/**
 * What we use of samlify, by name. It is imported through this file when it is needed: of a CommonJS package that is
 * imported late, bundlers give the `default` alone.
 */
export { IdPMetadata, SamlLib, SPMetadata } from "samlify";
