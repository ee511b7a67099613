// Code that is loaded when it is needed. A browser remembers that a module could not be had, and does not
// ask for it again while the page lives; under another address it does.

/** What Chromium and Firefox say. Safari asks again by itself, as do bundlers with loaders of their own. */
const FAILED = /dynamically imported module: (\S+)/;

/** The module with the export `name`, by another address where its own failed. */
export async function later<Module extends object>(
  name: keyof Module & string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const address = FAILED.exec(String(error))?.[1];
    if (!address) throw error;
    // The same file, also for a server that signs its addresses.
    const other = `${address}#${Date.now()}`;
    const loaded: object = await import(/* @vite-ignore */ /* webpackIgnore: true */ other);
    // A bundler may have put the module inside of its file's.
    const found = [loaded, ...Object.values(loaded)].find((one) => name in Object(one));
    if (!found) throw error;
    return found as Module;
  }
}
