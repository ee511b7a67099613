"use client";

import { useEffect, useState, useSyncExternalStore } from "react";

import { AccountsWatch, type AccountsState } from "../core/accounts.js";
import { Api, type FetchFunction } from "../core/api.js";
import { djangoFetch } from "../core/csrf.js";

export interface Accounts extends AccountsState {
  reload: () => Promise<void>;
  /** Calls the API below `api`; throws an `ApiError` with a `code`. */
  api: Api;
}

const djangos = djangoFetch();

/** The linked accounts, read again every 30 seconds while the page is visible. */
export function useAccounts(options: { api: string; fetch?: FetchFunction | undefined }): Accounts {
  const fetchFunction = options.fetch ?? djangos;
  const [watch] = useState(() => new AccountsWatch(new Api(options.api, fetchFunction)));
  useEffect(() => {
    watch.api = new Api(options.api, fetchFunction);
  }, [watch, options.api, fetchFunction]);
  useEffect(() => watch.mount(), [watch]);
  const state = useSyncExternalStore(watch.subscribe, watch.read, watch.read);
  return { ...state, reload: watch.reload, api: watch.api };
}
