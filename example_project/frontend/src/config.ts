// What only the server knows, handed over in the attributes of an element.

export interface Config {
  /** Where `stackone_connect.urls` is mounted. */
  api: string;
  signIn: string;
  organization: string;
  allowMultiple: boolean;
  /** `undefined` where the hub is to talk to StackOne's own servers. */
  hubBaseUrl: string | undefined;
  hubAppUrl: string | undefined;
  /** Providers with a button of their own, and how people write them. */
  shortcuts: ReadonlyMap<string, string>;
}

export function readConfig({ dataset }: HTMLElement): Config {
  return {
    api: dataset.api ?? "",
    signIn: dataset.signIn ?? "",
    organization: dataset.organization ?? "",
    allowMultiple: dataset.allowMultiple === "true",
    hubBaseUrl: dataset.hubBaseUrl || undefined,
    hubAppUrl: dataset.hubAppUrl || undefined,
    shortcuts: new Map(JSON.parse(dataset.shortcuts ?? "[]") as [string, string][]),
  };
}
