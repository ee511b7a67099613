// What the element's attributes say before it is pressed, and what a script may say.

import type { Csrf } from "../core/csrf.js";
import type { SessionRequest } from "../core/types.js";

const FIELDS = { provider: "provider", category: "category", label: "label", account_id: "account-id" };

export function fieldsOf(element: Element): SessionRequest {
  const fields: Record<string, unknown> = element.hasAttribute("multiple") ? { multiple: true } : {};
  for (const [field, name] of Object.entries(FIELDS)) {
    if (element.getAttribute(name)) fields[field] = element.getAttribute(name);
  }
  return fields;
}

export const csrfOf = (element: Element): Csrf => ({
  cookie: element.getAttribute("csrf-cookie") ?? undefined,
  header: element.getAttribute("csrf-header") ?? undefined,
  token: element.getAttribute("csrf-token") ?? undefined,
});

export interface OpenOptions {
  heading?: string;
  opener?: HTMLElement | null;
  asked?: boolean;
}
