// Django's CSRF token: the cookie's where scripts may read it, because signing in elsewhere renews
// it; else the page's own, which works with CSRF_USE_SESSIONS and CSRF_COOKIE_HTTPONLY.

import type { FetchFunction } from "./api.js";

export interface Csrf {
  /** Empty: no cookie is read. */
  cookie?: string | undefined;
  header?: string | undefined;
  token?: string | undefined;
}

/** `fetch` as Django's session authentication wants it. `csrf` is read at each call. */
export function djangoFetch(csrf: Csrf | (() => Csrf) = {}): FetchFunction {
  return (address, init) => {
    const headers = new Headers(init.headers);
    const { cookie = "csrftoken", header, token } = typeof csrf === "function" ? csrf() : csrf;
    const value = (cookie && cookieValue(cookie)) || token || tokenOfPage();
    if (value && init.method !== "GET") headers.set(header || "X-CSRFToken", value);
    return fetch(address, { ...init, headers, mode: "same-origin" });
  };
}

/** Of several with the same name, such as of another site on a domain above, the last, as Django has it. */
function cookieValue(name: string): string | undefined {
  const start = `${name}=`;
  const found = document.cookie.split("; ").filter((pair) => pair.startsWith(start)).pop();
  return found && decodeURIComponent(found.slice(start.length));
}

function tokenOfPage(): string | undefined {
  return (
    document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ??
    document.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value
  );
}
