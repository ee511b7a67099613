import type { FetchFunction } from "./connect/api";

/** `fetch` as Django's session authentication wants it: with the cookie and the CSRF token. */
export const csrfFetch: FetchFunction = (address, init) => {
  const headers = new Headers(init.headers);
  const token = document.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value;
  if (token && init.method !== "GET") headers.set("X-CSRFToken", token);
  return fetch(address, { ...init, headers, credentials: "same-origin" });
};
