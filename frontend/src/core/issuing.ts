// One session for one wish, however often and by however many components it is asked for.

import type { Api, FetchFunction } from "./api.js";
import { now } from "./clock.js";
import type { Timed } from "./life.js";
import { keyOf, type SessionRequest } from "./types.js";

/** Milliseconds. Two clicks within this time are one double click. */
export const DOUBLE_CLICK = 1_000;

export interface Issued extends Timed {
  request: SessionRequest;
  key: string;
}

/** Requests under way or just finished: another call for the same shares the response. */
const shared = new WeakMap<FetchFunction, Map<string, Promise<Issued>>>();

/** `fresh` shares nothing: the user wants a new form. */
export function issue(api: Api, request: SessionRequest, fresh: boolean): Promise<Issued> {
  const known = shared.get(api.fetchFunction) ?? new Map<string, Promise<Issued>>();
  shared.set(api.fetchFunction, known);
  const key = keyOf(request);
  const name = `${api.base} ${key}`;
  const underWay = known.get(name);
  if (underWay && !fresh) return underWay;

  const askedAt = now();
  const issued = api.issue(request).then((session) => ({ session, askedAt, request, key }));
  const forget = () => {
    if (known.get(name) === issued) known.delete(name);
  };
  known.set(name, issued);
  issued.then(() => setTimeout(forget, DOUBLE_CLICK), forget);
  return issued;
}
