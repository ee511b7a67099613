// The element's texts: the host's own, those of the page's language, and English.

import { later } from "../core/later.js";
import { report } from "../core/report.js";
import type { Catalogue } from "../messages/en.js";
import { languageTag } from "../messages/language.js";
import { Messages, type Texts } from "../messages/index.js";

const CATALOGUES: Record<string, () => Promise<Catalogue>> = {
  de: () => later("de", () => import("../messages/de.js")).then(({ de }) => de),
  es: () => later("es", () => import("../messages/es.js")).then(({ es }) => es),
  fr: () => later("fr", () => import("../messages/fr.js")).then(({ fr }) => fr),
};

/** `null` where the element's language has no texts of ours, or they can't be loaded. */
export async function catalogueFor(element: Element): Promise<Catalogue | null> {
  const language = languageOf(element)?.split("-")[0] ?? "";
  return (await CATALOGUES[language]?.().catch(() => null)) ?? null;
}

export function messagesFor(element: Element, catalogue: Catalogue | null): Messages {
  const own = ownTexts(element);
  // Times are in the language of the message around them.
  const isTranslated = catalogue !== null || "wait" in own;
  return new Messages(catalogue ? [own, catalogue] : [own], isTranslated ? languageOf(element) : "en");
}

function ownTexts(element: Element): Texts {
  try {
    return Object(JSON.parse(element.getAttribute("messages") || "{}")) as Texts;
  } catch (error) {
    report(error);
    return {};
  }
}

const languageOf = (element: Element) => languageTag(langOf(element));

/** The nearest `lang`, also outside of somebody else's shadow tree. */
function langOf(element: Element): string {
  const found = element.closest<HTMLElement>("[lang]");
  if (found) return found.lang;
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? langOf(root.host) : "";
}
