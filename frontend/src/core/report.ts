/** As an error that nobody catches: it reaches the page's `error` event and what listens there. */
export const report = (error: unknown): void =>
  globalThis.reportError ? globalThis.reportError(error) : console.error(error);
