// Nothing is asked again before StackOne, or the host's own limit, allows it.

import { now } from "./clock.js";

export class Limit {
  #until = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** `changed` gets the whole seconds that are left, at each of them and at the end. */
  constructor(readonly changed: (seconds: number) => void) {}

  get seconds(): number {
    return Math.max(0, Math.ceil((this.#until - now()) / 1000));
  }

  start(seconds: number): void {
    this.#until = Math.max(this.#until, now() + seconds * 1000);
    this.resume();
    this.changed(this.seconds);
  }

  /** After `stop`, if time is left. */
  resume(): void {
    this.stop();
    if (this.#until) this.#timer = setInterval(() => this.#tick(), 1000);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const { seconds } = this;
    if (!seconds) {
      this.#until = 0;
      this.stop();
    }
    this.changed(seconds);
  }
}
