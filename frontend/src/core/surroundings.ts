// What surrounds a hub.

import { parentOf } from "./dom.js";

/** In a modal dialog nothing outside can be clicked, and the hub draws its lists outside. React's dialogs that
 * are no `<dialog>` (Radix) say so by the style of the body; Bootstrap's do not stand in the way. */
export function isInModal(inner: Element): boolean {
  if (getComputedStyle(document.body).pointerEvents === "none") return true;
  for (let node: Node | null = inner; node; node = parentOf(node)) {
    if (node.nodeName === "DIALOG" && isModal(node as Element)) return true;
  }
  return false;
}

function isModal(dialog: Element): boolean {
  try {
    return dialog.matches(":modal");
  } catch {
    return false; // A browser that does not know `:modal`.
  }
}

/** Dark where the surrounding text is light, which also fits pages with a theme switch. */
export function themeAround(inner: Element): "dark" | "light" {
  try {
    const context = new OffscreenCanvas(1, 1).getContext("2d")!;
    context.fillStyle = getComputedStyle(inner).color;
    context.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
    return 0.3 * red + 0.59 * green + 0.11 * blue > 127 ? "dark" : "light";
  } catch {
    return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
}

/** For the developer: a customer can do nothing about it. */
export const warnOfModal = (): void =>
  console.warn(
    "stackone-connect: StackOne's hub can't be used inside a modal dialog, because it draws its " +
      "lists outside of it. Show it in the page, or open the dialog with show() in place of showModal().",
  );
