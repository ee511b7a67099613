/** As `Intl` takes it, also where it is written as Django and gettext do (`de_DE`). `undefined`, which is the
 * browser's own language, for what is none. */
export function languageTag(language: string | undefined): string | undefined {
  try {
    return Intl.getCanonicalLocales(language?.replaceAll("_", "-") || [])[0];
  } catch {
    return undefined;
  }
}
