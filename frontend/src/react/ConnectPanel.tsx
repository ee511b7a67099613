"use client";

import { Component, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { createPortal } from "react-dom";

import { element } from "../core/dom.js";
import { later } from "../core/later.js";
import type { Act } from "../core/model.js";
import { report } from "../core/report.js";
import { isInModal, themeAround } from "../core/surroundings.js";
import type { SessionRequest } from "../core/types.js";
import type { View } from "../core/view.js";
import { duration } from "../messages/duration.js";
import type { ConnectSession } from "./useConnectSession.js";

export interface ConnectPanelProps {
  connect: ConnectSession;
  /** Above the form, in place of ours. */
  heading?: string | undefined;
  /** The display name of what is asked for, where the page knows it; for our heading. */
  nameOf?: ((request: SessionRequest) => string | null | undefined) | undefined;
  /** Default: as the text around it. */
  theme?: "light" | "dark" | undefined;
  className?: string | undefined;
}

interface Drawn {
  view: View;
  hubPlace: HTMLElement;
  parts: typeof import("../core/panel.js");
}

/**
 * A line with the state of the session, and the panel around StackOne's form. Put it beside the
 * buttons, where it stays; and into no modal dialog, in which the hub can't be used.
 */
export function ConnectPanel({ connect, heading, nameOf, theme, className }: ConnectPanelProps) {
  const { flow, session, hub, options, request } = connect;
  const root = useRef<HTMLDivElement>(null);
  const [drawn, setDrawn] = useState<Drawn | null>(null);
  const [scheme, setScheme] = useState<"light" | "dark">("light");
  const ids = `${useId()}-`;

  useEffect(() => {
    const drawnIn = root.current!;
    let isGone = false;
    let loading: Promise<void> | null = null;
    flow.options.isModal = () => isInModal(drawnIn);
    const load = async () => {
      const parts = await later("View", () => import("../core/panel.js"));
      if (isGone) return;
      const act = (act: Act) => (act === "reload" ? location.reload() : flow[act]());
      const hubPlace = placeForHub(drawnIn);
      const view = new parts.View(drawnIn, hubPlace, { act, choose: flow.choose }, ids);
      setDrawn({ view, hubPlace, parts });
    };
    const fail = (error: unknown) => {
      loading = null;
      report(error);
    };
    // What is shown comes in a chunk of its own, well before anything is pressed; else with a press.
    const prepare = () => void (loading ??= load().catch(fail));
    prepare();
    const unsubscribe = flow.subscribe(prepare);
    return () => {
      isGone = true;
      unsubscribe();
      setDrawn(null);
      drawnIn.replaceChildren();
    };
  }, [flow, ids]);

  useEffect(() => {
    if (session && root.current) setScheme(theme ?? themeAround(root.current));
  }, [session, theme]);

  useEffect(() => {
    if (!drawn) return;
    const { Messages, modelOf } = drawn.parts;
    const { messages: texts, language = "en", signIn } = options;
    const messages = new Messages(texts ? [texts] : [], language);
    const waiting = connect.waiting ? duration(connect.waiting, language, "short") : "";
    if (connect.opener.current) drawn.view.opener = connect.opener.current;
    drawn.view.draw(modelOf(connect, { messages, heading, nameOf, signIn }), waiting);
  });

  const shown = session && hub && drawn && (
    <Boundary key={session.id} onError={flow.hubCrashed}>
      <hub.StackOneHub
        token={session.token}
        baseUrl={options.hubBaseUrl}
        appUrl={options.hubAppUrl}
        accountId={request.account_id ?? undefined}
        theme={theme ?? scheme}
        height="560px"
        showFooterLinks={false}
        onSuccess={flow.completed}
        onClose={flow.close}
      />
    </Boundary>
  );
  return (
    <div
      ref={root}
      className={`stackone-connect-panel ${className ?? ""}`.trim()}
      onSubmit={(event) => event.stopPropagation()}
    >
      {shown && createPortal(shown, drawn.hubPlace)}
    </div>
  );
}

/** Inside of a form of the host's it is one of its own, or the hub's buttons would send the host's, with
 * what is typed. */
function placeForHub(panel: HTMLElement): HTMLElement {
  if (!panel.closest("form")) return element("div", { part: "hub" });
  const place = element("form", { part: "hub" });
  place.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
  });
  return place;
}

/** A hub that fails to render takes nothing else with it. */
class Boundary extends Component<{ onError: () => void; children: ReactNode }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidCatch() {
    this.props.onError();
  }

  override render() {
    return this.state.failed ? null : this.props.children;
  }
}
