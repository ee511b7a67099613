// What the page around says about how things are shown.

import type { Messages } from "../messages/index.js";
import type { SessionRequest } from "./types.js";

export interface Show {
  messages: Messages;
  /** Above the form, in place of ours. */
  heading?: string | undefined;
  /** The display name of what is asked for, where the page knows it. */
  nameOf?: ((request: SessionRequest) => string | null | undefined) | undefined;
  /** The address of the sign-in page; gets a `next`. Without it, reloading is offered. */
  signIn?: string | undefined;
}

/** Errors after which only a new page helps. */
const STALE = new Set([
  "csrf",
  "not_authenticated",
  "unreadable",
  "method_not_allowed",
  "not_acceptable",
  "unsupported_media_type",
]);
export const needsReload = (code: string): boolean => STALE.has(code);
