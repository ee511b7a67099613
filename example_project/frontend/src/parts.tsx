// Small things that several parts of the page are made of.

import { Component, useEffect, useState, type ReactNode } from "react";

import type { Problem } from "./connect/messages";
import { when, type Pill as PillWords, type Tone } from "./words";

export function Pill({ is: [text, tone] }: { is: PillWords }) {
  return <span className={`pill ${tone}`}>{text}</span>;
}

export function Time({ iso }: { iso: string | null }) {
  return iso ? <time dateTime={iso}>{when(iso)}</time> : <>—</>;
}

export function LinkButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" className="link" onClick={onClick}>
      {children}
    </button>
  );
}

/** Stays in the page when there is nothing to say, so that screen readers hear what comes. */
export function Status({ id, tone, children }: { id?: string; tone: Tone; children: ReactNode }) {
  return (
    <div id={id} role="status" aria-live="polite">
      {children && <p className={`notice ${tone}`}>{children}</p>}
    </div>
  );
}

/** A problem with a way on: to sign in where that is the cure, else to try again. */
export function Trouble(props: { problem: Problem; signIn: string; tryAgain: () => void }) {
  const back = `${props.signIn}?next=${encodeURIComponent(location.pathname)}`;
  return (
    <>
      {props.problem.message}{" "}
      {props.problem.code === "not_authenticated" ? (
        <a href={back}>Sign in again</a>
      ) : (
        <LinkButton onClick={props.tryAgain}>Try again</LinkButton>
      )}
    </>
  );
}

/** Says so when what it waits for takes long. */
export function Loading() {
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), 4000);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p className="empty">{long ? "Still loading. The server is slow to answer…" : "Loading…"}</p>
  );
}

/** Shows `fallback` in place of what failed to draw. */
export class Boundary extends Component<{ fallback: ReactNode; children: ReactNode }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? this.props.fallback : this.props.children;
  }
}
