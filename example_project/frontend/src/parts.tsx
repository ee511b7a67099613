// Small components that several parts of the page use.

import type { Problem } from "@stackone-connect/react";
import { Component, useEffect, useState, type ReactNode } from "react";

import { messages, when, type Pill as PillText, type Tone } from "./messages";
import { waiting } from "./useWait";

export function Pill({ is: [text, tone] }: { is: PillText }) {
  return <span className={`pill ${tone}`}>{text}</span>;
}

export function Time({ iso }: { iso: string | null }) {
  return iso ? <time dateTime={iso}>{when(iso)}</time> : <>—</>;
}

interface LinkButtonProps {
  onClick: () => void;
  /** Seconds until it is to be pressed. */
  wait?: number;
  children: ReactNode;
}

export function LinkButton({ onClick, wait = 0, children }: LinkButtonProps) {
  return (
    <button type="button" className="link" onClick={onClick} {...waiting(wait)}>
      {children}
    </button>
  );
}

/** Stays in the page when it is empty: screen readers only announce changes of what is there. */
export function Status({ id, tone, children }: { id?: string; tone: Tone; children: ReactNode }) {
  return (
    <div id={id} role="status" aria-live="polite">
      {children && <p className={`notice ${tone}`}>{children}</p>}
    </div>
  );
}

/** A problem with the next step: signing in where that helps, else trying again. */
export function Trouble(props: {
  problem: Problem;
  signIn: string;
  wait?: number;
  tryAgain: () => void;
}) {
  const back = `${props.signIn}?next=${encodeURIComponent(location.pathname + location.search)}`;
  return (
    <>
      {messages.failure(props.problem)}{" "}
      {props.problem.code === "not_authenticated" ? (
        <a href={back}>Sign in again</a>
      ) : (
        <LinkButton onClick={props.tryAgain} wait={props.wait}>Try again</LinkButton>
      )}
    </>
  );
}

/** Says so when loading takes long. */
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

/** Shows `fallback` in place of children that failed to render. */
export class Boundary extends Component<{ fallback: ReactNode; children: ReactNode }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? this.props.fallback : this.props.children;
  }
}
