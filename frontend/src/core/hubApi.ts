// What is read of StackOne's hub API here as well, with the token of the session that is on the screen,
// and what is heard of the hub's own calls: the hub reports neither how a provider's window ended nor that its token is
// refused (StackOne notes §20.2, §20.3).

import { listen } from "./listen.js";

const TOKEN = "x-hub-session-token";
const STACKONE = "https://api.stackone.com";
/** Milliseconds. */
const GIVE_UP_AFTER = 5_000;

export type AttemptStatus = "pending" | "authenticated" | "error" | "cancelled" | "expired";

export class HubApi {
  readonly base: string;

  /** `base` as the hub gets it: `undefined` is StackOne's own address. */
  constructor(
    base: string | undefined,
    readonly token: string,
  ) {
    this.base = new URL(`${base ?? STACKONE}/hub/`, location.href).href;
  }

  /** `null` where it can't be had. */
  async attempt(id: string): Promise<{ status: AttemptStatus; code: string | null } | null> {
    const response = await this.#get(`connection_attempts/${encodeURIComponent(id)}`);
    const data = response?.ok ? await response.json().catch(() => null) : null;
    return data && { status: data.status, code: data.error?.code ?? null };
  }

  #get(path: string): Promise<Response | null> {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), GIVE_UP_AFTER);
    const headers = { [TOKEN]: this.token };
    return fetch(this.base + path, { headers, signal: giveUp.signal })
      .catch(() => null)
      .finally(() => clearTimeout(timer));
  }
}

/** Calls `refused` when StackOne refuses the token, in a call of the hub's or of ours. */
export function watchToken(api: HubApi, refused: () => void): () => void {
  return listen("fetch", ([input, init], response) => {
    response.then(
      // What the page itself called wrongly does not get here.
      ({ status }) => {
        if (status !== 401 && status !== 403) return;
        const token = new Headers(init?.headers).get(TOKEN);
        const url = new URL(input instanceof Request ? input.url : input, location.href);
        if (token === api.token && url.href.startsWith(api.base)) refused();
      },
      () => {},
    );
  });
}
