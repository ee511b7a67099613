// Calls to our own server. StackOne is never called from here; only the hub does that.

import type { components } from "./schema";

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

/** `fetch`, or what the host puts before it: its CSRF token, its bearer token, its base address. */
export type FetchFunction = (address: string, init: RequestInit) => Promise<Response>;

/** Milliseconds; well above the 12 s in which our server has to have StackOne's answer. */
export const GIVE_UP_AFTER = 30_000;

/** What went wrong, by the code the API answers or one of the browser's own (see messages.ts). */
export class ApiError extends Error {
  readonly code: string;
  /** Sentences of the server about fields of the request. */
  readonly sentences: string[];
  /** Seconds. */
  readonly retryAfter: number | null;

  constructor(code: string, sentences: string[] = [], retryAfter: number | null = null) {
    super(code);
    this.name = "ApiError";
    this.code = code;
    this.sentences = sentences;
    this.retryAfter = retryAfter;
  }
}

export interface Answer<Data> {
  status: number;
  data: Data;
}

/** Sends and answers JSON; `data` is `null` for 204. Throws nothing but `ApiError`. */
export async function call<Data>(
  fetchFunction: FetchFunction,
  method: "GET" | "POST" | "DELETE",
  address: string,
  body?: unknown,
): Promise<Answer<Data>> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), GIVE_UP_AFTER);
  try {
    const response = await fetchFunction(address, {
      method,
      headers,
      signal: giveUp.signal,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (response.status === 204) return { status: 204, data: null as Data };
    // A sign-in page or a proxy's error is no JSON, whatever its status says.
    const data: unknown = await response.json().catch(() => undefined);
    if (response.ok && data !== undefined) return { status: response.status, data: data as Data };
    throw refusal(data, response.headers.get("Retry-After"));
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(giveUp.signal.aborted ? "timeout" : "offline");
  } finally {
    clearTimeout(timer);
  }
}

function refusal(data: unknown, retryAfter: string | null): ApiError {
  const { code, errors } = Object(data) as { code?: unknown; errors?: unknown };
  const sentences = Object.values(Object(errors)).flat().map(String);
  const seconds = Number.parseInt(retryAfter ?? "", 10);
  return new ApiError(
    typeof code === "string" ? code : "unreadable",
    sentences,
    seconds > 0 ? seconds : null,
  );
}
