import { useCallback, useEffect, useRef, useState } from "react";

import { call, type FetchFunction, type Page } from "./connect/api";
import { problemOf, type Problem } from "./connect/messages";

export interface Pages<Item> {
  /** `null` until the first answer. What was there stays when a later load fails. */
  items: Item[] | null;
  problem: Problem | null;
  loading: boolean;
  hasMore: boolean;
  reload: () => Promise<void>;
  more: () => Promise<void>;
}

/** A list of the API, a page at a time; of two loads the one asked for later counts. */
export function usePages<Item>(fetchFunction: FetchFunction, address: string): Pages<Item> {
  const [items, setItems] = useState<Item[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [loading, setLoading] = useState(false);
  const newest = useRef(0);

  const load = useCallback(
    async (from: string, keep: (items: Item[] | null) => Item[]) => {
      const turn = ++newest.current;
      setLoading(true);
      try {
        const { data } = await call<Page<Item>>(fetchFunction, "GET", from);
        if (turn !== newest.current) return;
        setItems((items) => [...keep(items), ...data.results]);
        setNext(data.next);
        setProblem(null);
      } catch (error) {
        if (turn === newest.current) setProblem(problemOf(error));
      } finally {
        if (turn === newest.current) setLoading(false);
      }
    },
    [fetchFunction],
  );
  const reload = useCallback(() => load(address, () => []), [load, address]);
  const more = useCallback(async () => {
    if (next) await load(pathOf(next), (items) => items ?? []);
  }, [load, next]);

  useEffect(() => {
    void reload();
    return () => {
      newest.current += 1;
    };
  }, [reload]);

  return { items, problem, loading, hasMore: next !== null, reload, more };
}

/** Behind a proxy the server may not know its own scheme and host. */
function pathOf(address: string): string {
  const { pathname, search } = new URL(address, location.href);
  return pathname + search;
}
