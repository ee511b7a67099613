// How long a session lasts.

import { now } from "./clock.js";
import type { IssuedSession } from "./types.js";

/** Milliseconds. This long before its end a session is no longer opened, and an open one warned of. */
export const END_IS_NEAR = 120_000;

export interface Timed {
  session: IssuedSession;
  /** By `now()`. */
  askedAt: number;
}

/**
 * Counted from the request and not by the browser's clock, which may be wrong: only differences
 * of server times and of browser times are used. `changesIn` is in milliseconds.
 */
export function lifeOf({ session, askedAt }: Timed): {
  life: "valid" | "ending" | "ended";
  changesIn: number | null;
} {
  const lifetime = Date.parse(session.expires_at ?? "") - Date.parse(session.created_at);
  if (Number.isNaN(lifetime)) return { life: "valid", changesIn: null };
  const age = now() - askedAt;
  const endsSoonAt = Math.max(lifetime - END_IS_NEAR, lifetime / 2);
  if (age >= lifetime) return { life: "ended", changesIn: null };
  if (age >= endsSoonAt) return { life: "ending", changesIn: lifetime - age };
  return { life: "valid", changesIn: endsSoonAt - age };
}
