// The time by which waits and ages are measured.

let behind: number | undefined;

/**
 * Milliseconds, of no meaning but their differences. `Date` alone goes back when the computer's clock
 * is set back, and a timer of the browser's alone may stand still while a laptop sleeps.
 */
export function now(): number {
  behind ??= Date.now() - performance.now();
  return Math.max(Date.now(), behind + performance.now());
}
