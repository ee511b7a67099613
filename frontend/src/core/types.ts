// What the API sends and takes, by its OpenAPI document.

import type { components } from "./schema.js";

type Schemas = components["schemas"];
export type Account = Schemas["StackOneAccount"];
export type Session = Schemas["StackOneSession"];
export type SessionRequest = Schemas["StackOneSessionRequest"];
export type Attempt = Schemas["StackOneConnectionAttempt"];
export type ErrorCode = Schemas["StackOneErrorCode"];
/** `auth_link_url` is there only where the server exposes it (`EXPOSE_AUTH_LINK`). */
export type IssuedSession = Schemas["StackOneIssuedSession"] & { auth_link_url?: string | null };

export interface Page<Item> {
  next: string | null;
  results: Item[];
}

/** A session without its secrets, as events carry it. */
export function withoutSecrets(session: Session): Session {
  const { token, auth_link_url, ...rest } = session as IssuedSession;
  return rest;
}

/** The same for two requests that mean the same. */
export const keyOf = (request: SessionRequest): string =>
  JSON.stringify(Object.entries(request).sort(([one], [other]) => (one < other ? -1 : 1)));
