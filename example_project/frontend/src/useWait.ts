import { useCallback, useEffect, useState } from "react";

/** Seconds until something may be asked for again, counted down, and the way to set them. */
export function useWait(): [seconds: number, wait: (seconds: number) => void] {
  const [until, setUntil] = useState(0);
  const [seconds, setSeconds] = useState(0);

  const left = (until: number) => Math.max(0, Math.ceil((until - Date.now()) / 1000));
  const wait = useCallback((seconds: number) => {
    const until = Date.now() + seconds * 1000;
    setUntil(until);
    setSeconds(left(until));
  }, []);

  useEffect(() => {
    if (!until) return;
    const timer = setInterval(() => {
      setSeconds(left(until));
      if (!left(until)) setUntil(0);
    }, 1000);
    return () => clearInterval(timer);
  }, [until]);

  return [seconds, wait];
}

/** For a button that is not to be pressed for so long, with the time shown beside its text. */
export const waiting = (seconds: number) =>
  seconds > 0 ? { "aria-disabled": true, "data-stackone-wait": `${seconds} sec` } : {};
