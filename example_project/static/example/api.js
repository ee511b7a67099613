// Calls to our own server. StackOne is never called from here; only the hub does that.

/** What went wrong, by the code the API answers; `retryAfter` is in seconds. */
export class ApiError extends Error {
  constructor(code, { errors = {}, retryAfter = null } = {}) {
    super(code);
    this.code = code;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}

/** Sends JSON with the session cookie and the CSRF token; answers the JSON, or throws ApiError. */
export async function call(method, url, body) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") {
    headers["Content-Type"] = "application/json";
    headers["X-CSRFToken"] = document.querySelector("[name=csrfmiddlewaretoken]").value;
  }
  let response;
  try {
    response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new ApiError("offline");
  }
  const data = await response.json().catch(() => null);
  if (response.ok && data !== null) return data;
  const retryAfter = Number.parseInt(response.headers.get("Retry-After"), 10) || null;
  throw new ApiError(data?.code ?? "unreadable", { errors: data?.errors, retryAfter });
}
