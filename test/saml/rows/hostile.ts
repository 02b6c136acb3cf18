import { ENCRYPTION } from "./encryption.ts";
import { MARKUP } from "./markup.ts";
import { PROFILE } from "./profile.ts";
import { ASSERTIONS } from "./profile-assertion.ts";
import { RESPONSES } from "./profile-response.ts";
import type { Hostile } from "./row.ts";
import { SIGNATURES } from "./signature.ts";
import { SIGNATURE_SHAPES } from "./signature-shape.ts";
import { WRAPPING } from "./wrapping.ts";

/** Every hostile document. */
export const HOSTILE: readonly Hostile[] = [
  ...WRAPPING,
  ...MARKUP,
  ...SIGNATURES,
  ...SIGNATURE_SHAPES,
  ...RESPONSES,
  ...ASSERTIONS,
  ...PROFILE,
  ...ENCRYPTION,
];
