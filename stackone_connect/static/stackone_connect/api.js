// Calls to our own server, with the session cookie and the CSRF token. StackOne is never called
// from here; only its hub does that.

/** Milliseconds. The server answers well within this: its own deadline at StackOne is 12 s. */
const GIVE_UP_AFTER = 30_000;

/** What went wrong, by the code that the API answers; `retryAfter` is in seconds, or null. */
export class ApiError extends Error {
  constructor(code, { errors = {}, retryAfter = null } = {}) {
    super(code);
    this.name = "ApiError";
    this.code = code;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}

export class Api {
  #base;
  #csrf;

  /** `base` is where `stackone_connect.urls` is mounted; `csrf` answers the header's name and value. */
  constructor(base, csrf) {
    this.#base = base.replace(/\/?$/, "/");
    this.#csrf = csrf;
  }

  issue(fields) {
    return this.call("POST", "connect-sessions/", fields);
  }

  session(id) {
    return this.call("GET", `connect-sessions/${encodeURIComponent(id)}/`);
  }

  /** Goes out even if the page is left in this moment. */
  complete(id, accountId) {
    const path = `connect-sessions/${encodeURIComponent(id)}/complete/`;
    return this.call("POST", path, { account_id: accountId }, { keepalive: true });
  }

  account(id) {
    return this.call("GET", `accounts/${encodeURIComponent(id)}/`);
  }

  /** The answer's JSON, `null` for one without content; throws `ApiError` for anything else. */
  async call(method, path, body, options = {}) {
    const headers = { Accept: "application/json" };
    if (method !== "GET") {
      const { header, token } = this.#csrf();
      headers["Content-Type"] = "application/json";
      if (token) headers[header] = token;
    }
    try {
      const response = await fetch(this.#base + path, {
        ...options,
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        mode: "same-origin",
        signal: AbortSignal.timeout(GIVE_UP_AFTER),
      });
      return await read(response);
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw new ApiError(error.name === "TimeoutError" ? "timeout" : "offline");
    }
  }
}

async function read(response) {
  if (response.status === 204) return null;
  const text = await response.text();
  const data = parse(text);
  if (response.ok && data !== null) return data;
  throw new ApiError(codeOf(response, data), {
    errors: data?.errors,
    retryAfter: secondsOf(response.headers.get("Retry-After")),
  });
}

function parse(text) {
  try {
    const data = JSON.parse(text);
    return typeof data === "object" ? data : null;
  } catch {
    return null;
  }
}

function codeOf(response, data) {
  // A host may send those who are signed out to a page, and fetch follows.
  if (data === null && response.redirected) return "not_authenticated";
  // Django's refusal of a stale CSRF token shares its code with other refusals.
  if (data?.code === "permission_denied" && /\bCSRF\b/.test(data.detail)) return "csrf";
  return typeof data?.code === "string" ? data.code : "unknown";
}

const secondsOf = (header) => (/^[1-9]\d*$/.test(header ?? "") ? Number(header) : null);

/** Django's CSRF token for `element`: the cookie's where scripts may read it, because signing in
 * elsewhere renews it; else the page's own, which works with `CSRF_USE_SESSIONS` and
 * `CSRF_COOKIE_HTTPONLY`. */
export function csrfOf(element) {
  const cookie = element.getAttribute("csrf-cookie") ?? "csrftoken";
  return {
    header: element.getAttribute("csrf-header") || "X-CSRFToken",
    token:
      (cookie && cookieValue(cookie)) ||
      element.getAttribute("csrf-token") ||
      document.querySelector('meta[name="csrf-token"]')?.content,
  };
}

function cookieValue(name) {
  const start = `${name}=`;
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(start));
  return found && decodeURIComponent(found.slice(start.length));
}
