// Calls to the host's own server. The connect session, and every result, come from there alone.

import type { Account, IssuedSession, Page, Session, SessionRequest } from "./types.js";

/** `fetch`, or a wrapper that adds the host's CSRF token, bearer token or base address. */
export type FetchFunction = (address: string, init: RequestInit) => Promise<Response>;

/** Milliseconds; well above the server's deadline of 12 s for its calls to StackOne. */
export const GIVE_UP_AFTER = 30_000;
/** 1,000 accounts: more are not looked through before a form opens. */
const PAGES = 20;

/** An error by the API's code, or by one of the browser's own (see the messages). */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    /** The server's messages about fields of the request. */
    readonly errors: Record<string, string[]> = {},
    /** Seconds. */
    readonly retryAfter: number | null = null,
  ) {
    super(code);
    this.name = "ApiError";
  }
}

export interface ApiResponse<Data> {
  status: number;
  data: Data;
}

export class Api {
  readonly base: string;

  /** `base` is the address where `stackone_connect.urls` is mounted. */
  constructor(
    base: string,
    readonly fetchFunction: FetchFunction,
  ) {
    this.base = base.replace(/\/?$/, "/");
  }

  async issue(request: SessionRequest): Promise<IssuedSession> {
    const { data } = await this.call<IssuedSession>("POST", "connect-sessions/", request);
    // A 2xx response without a token is not a session.
    if (typeof data?.token !== "string" || !data.token) throw new ApiError("unreadable");
    return data;
  }

  async session(id: string): Promise<Session> {
    return (await this.call<Session>("GET", `connect-sessions/${encodeURIComponent(id)}/`)).data;
  }

  /** Is sent even if the page is left at this moment. */
  async complete(id: string, accountId: string): Promise<Session> {
    const path = `connect-sessions/${encodeURIComponent(id)}/complete/`;
    const body = { account_id: accountId };
    return (await this.call<Session>("POST", path, body, { keepalive: true })).data;
  }

  async account(id: string): Promise<Account> {
    return (await this.call<Account>("GET", `accounts/${encodeURIComponent(id)}/`)).data;
  }

  /** All linked accounts, page after page. */
  async accounts(): Promise<Account[]> {
    const found: Account[] = [];
    let path: string | null = "accounts/";
    for (let page = 0; path && page < PAGES; page += 1) {
      const { data }: ApiResponse<Page<Account>> = await this.call("GET", path);
      found.push(...data.results);
      // Behind a proxy the server may not know its own scheme and host.
      path = data.next && `accounts/${new URL(data.next, "http://any").search}`;
    }
    return found;
  }

  /** 202: StackOne does not answer just now, and the server tries again. */
  disconnect(id: string): Promise<ApiResponse<Account | null>> {
    return this.call("DELETE", `accounts/${encodeURIComponent(id)}/`);
  }

  /** Sends and returns JSON; `data` is `null` for 204. Throws nothing but `ApiError`. */
  async call<Data>(
    method: string,
    path: string,
    body?: unknown,
    options: RequestInit = {},
  ): Promise<ApiResponse<Data>> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), GIVE_UP_AFTER);
    try {
      const response = await this.fetchFunction(this.base + path, {
        ...options,
        method,
        headers,
        signal: giveUp.signal,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (response.status === 204) return { status: 204, data: null as Data };
      // A sign-in page or a proxy's error page is not JSON, whatever its status.
      const data: unknown = await response.json().catch(() => undefined);
      const isRead = typeof data === "object" && data !== null;
      if (response.ok && isRead) return { status: response.status, data: data as Data };
      throw refusal(response, data);
    } catch (error) {
      if (error instanceof ApiError) throw error;
      if (giveUp.signal.aborted) throw new ApiError("timeout");
      throw new ApiError((await this.#isSentAway(path, giveUp.signal)) ? "not_authenticated" : "offline");
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether signed-out users are sent to another site, which `fetch` does not tell from no network. */
  async #isSentAway(path: string, signal: AbortSignal): Promise<boolean> {
    if (!navigator.onLine) return false;
    const look: RequestInit = { method: "GET", redirect: "manual", signal };
    try {
      return (await this.fetchFunction(this.base + path, look)).type === "opaqueredirect";
    } catch {
      return false;
    }
  }
}

/** What stands before the server, such as a proxy, has no codes of ours. */
const BY_STATUS: Record<number, string> = { 401: "not_authenticated", 429: "throttled" };

function refusal(response: Response, data: unknown): ApiError {
  const { code, detail, errors } = Object(data) as Record<string, unknown>;
  const seconds = response.headers.get("Retry-After") ?? "";
  return new ApiError(
    codeOf(response, data, code, detail),
    Object(errors) as Record<string, string[]>,
    /^[1-9]\d*$/.test(seconds) ? Number(seconds) : null,
  );
}

function codeOf(response: Response, data: unknown, code: unknown, detail: unknown): string {
  // Django's refusal of a stale CSRF token shares its code with other refusals.
  if (code === "permission_denied" && /\bCSRF\b/.test(String(detail))) return "csrf";
  if (typeof code === "string") return code;
  const isRead = typeof data === "object" && data !== null && !Array.isArray(data);
  // A host may redirect signed-out users to a page, and fetch follows.
  if (!isRead && response.redirected) return "not_authenticated";
  const otherwise = isRead || response.status >= 500 ? "unknown" : "unreadable";
  return BY_STATUS[response.status] ?? otherwise;
}
