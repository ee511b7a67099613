// Polls the host's server for a session that is on the screen: a denied consent and the hosted page
// send the browser no event. A read costs the server one query and makes no call to StackOne.

import { now } from "./clock.js";

/** Milliseconds. */
export const WATCH_EVERY = 4_000;
const WATCH_RARELY = 15_000;

export class Watch {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #startedAt = 0;

  /** `look` returns whether to look again. */
  constructor(readonly look: () => Promise<boolean>) {}

  start(): void {
    this.#startedAt = now();
    this.#next();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Timers stop while a laptop sleeps; and who comes back to the page sees the result at once. */
  now(): void {
    if (this.#timer !== undefined) this.#next(0);
  }

  #next(pause = Math.min(WATCH_EVERY + (now() - this.#startedAt) / 20, WATCH_RARELY)): void {
    clearTimeout(this.#timer);
    const timer = setTimeout(async () => {
      const goesOn = document.hidden || (await this.look());
      if (this.#timer !== timer) return;
      if (goesOn) this.#next();
      else this.stop();
    }, pause);
    this.#timer = timer;
  }
}
