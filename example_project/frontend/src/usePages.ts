import { type Api, ApiError, type Problem } from "@stackone-connect/react";
import { useCallback, useEffect, useRef, useState } from "react";


export interface Pages<Item> {
  /** `null` until the first answer. What was there stays when a later load fails. */
  items: Item[] | null;
  problem: Problem | null;
  loading: boolean;
  hasMore: boolean;
  reload: () => Promise<void>;
  more: () => Promise<void>;
}

interface Page<Item> {
  next: string | null;
  results: Item[];
}

/** A list of the API, a page at a time; of two loads the one asked for later counts. */
export function usePages<Item>(api: Api, path: string): Pages<Item> {
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
        const { data } = await api.call<Page<Item>>("GET", from);
        if (turn !== newest.current) return;
        setItems((items) => [...keep(items), ...data.results]);
        setNext(data.next);
        setProblem(null);
      } catch (error) {
        if (turn === newest.current) setProblem(error instanceof ApiError ? error : new ApiError("unknown"));
      } finally {
        if (turn === newest.current) setLoading(false);
      }
    },
    [api],
  );
  const reload = useCallback(() => load(path, () => []), [load, path]);
  const more = useCallback(async () => {
    if (next) await load(path + searchOf(next), (items) => items ?? []);
  }, [load, path, next]);

  useEffect(() => {
    void reload();
    return () => {
      newest.current += 1;
    };
  }, [reload]);

  return { items, problem, loading, hasMore: next !== null, reload, more };
}

/** The cursor. Behind a proxy the server may not know its own scheme and host. */
const searchOf = (address: string): string => new URL(address, location.href).search;
