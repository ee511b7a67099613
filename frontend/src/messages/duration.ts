// How long something takes, in words.

import { languageTag } from "./language.js";

const UNITS = [
  [3600, "hour"],
  [60, "minute"],
] as const;

/** `90` as "90 seconds", `600` as "10 minutes"; short: "90 sec". */
export function duration(
  seconds: number,
  language: string | undefined,
  unitDisplay: "long" | "short" = "long",
): string {
  const [size, unit] = UNITS.find(([size]) => seconds >= 2 * size) ?? [1, "second"];
  const format = { style: "unit", unit, unitDisplay } as const;
  return new Intl.NumberFormat(languageTag(language), format).format(Math.ceil(seconds / size));
}
