// Hears a function of the window being called, by the hub as by everybody else, and changes nothing.

type Heard = "open" | "fetch";

/** Calls `heard` after each call, with its parameters and its result. Returns what ends it. */
export function listen<Name extends Heard>(
  name: Name,
  heard: (parameters: Parameters<Window[Name]>, result: ReturnType<Window[Name]>) => void,
): () => void {
  const original = window[name] as (...parameters: unknown[]) => ReturnType<Window[Name]>;
  let isOver = false;
  const listening = (...parameters: unknown[]) => {
    const result = original.apply(window, parameters);
    if (!isOver) heard(parameters as Parameters<Window[Name]>, result);
    return result;
  };
  // Where another script has locked it, nothing is heard.
  Reflect.set(window, name, listening);
  return () => {
    isOver = true;
    // Another script may have put itself around it since.
    if ((window[name] as unknown) === listening) Reflect.set(window, name, original);
  };
}
