"use client";

import { useEffect, useState, useSyncExternalStore } from "react";

import { Api, type FetchFunction } from "../core/api.js";
import { djangoFetch } from "../core/csrf.js";
import { ConnectFlow } from "../core/flow.js";
import type { ConnectState, ConnectEvent, ExitReason } from "../core/state.js";
import { type Account, keyOf, type Session, type SessionRequest } from "../core/types.js";
import { duration } from "../messages/duration.js";
import type { Texts } from "../messages/index.js";

/** The part of `@stackone/hub` that is used; `() => import("@stackone/hub")` loads it. */
export interface HubModule {
  // A component of any version of the hub: its props are given by `ConnectPanel`.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  StackOneHub: React.ComponentType<any>;
}

export interface ConnectOptions {
  /** Where `stackone_connect.urls` is mounted, such as `/api/stackone/`. */
  api: string;
  /**
   * Loads the hub, once for every session: `() => import("@stackone/hub")`, or `loadHub` of
   * `@stackone-connect/react/hub`. Without it StackOne's hosted page is offered, where the server
   * exposes it (`EXPOSE_AUTH_LINK`).
   */
  loadHub?: (() => Promise<HubModule>) | undefined;
  /**
   * Adds the host's authentication. Without it: the session cookie and Django's CSRF token. Define it
   * outside the component, then two components that mount at once share one session.
   */
  fetch?: FetchFunction | undefined;
  /** The server's `ALLOW_MULTIPLE`: whether another account of a provider may be added. */
  allowMultiple?: boolean | undefined;
  /** For a sandbox, without a trailing slash. */
  hubBaseUrl?: string | undefined;
  hubAppUrl?: string | undefined;
  /** The address of the sign-in page, for who has been signed out; gets a `next`. */
  signIn?: string | undefined;
  /** A catalogue (`@stackone-connect/react/messages/de`), or some texts of your own. */
  messages?: Texts | undefined;
  /** Of dates, times and lists, as `Intl` takes it. Default: `en`. */
  language?: string | undefined;
  /** The server confirmed the account; the hub's own report is not enough. */
  onSuccess?: ((session: Session, account: Account | null) => void) | undefined;
  /** The panel was left without an account that the server confirmed. */
  onExit?: ((reason: ExitReason, session: Session | null) => void) | undefined;
  /** Something went wrong, or the provider's window ended without an account (`window_…`). */
  onFailure?: ((code: string, session: Session | null) => void) | undefined;
  /** The lists may have changed at the server. */
  onChange?: (() => void) | undefined;
}

export interface ConnectSession extends ConnectState<HubModule> {
  /** `asked`: your page has asked what is to become of accounts that exist, so that it is not asked. */
  open: (request?: SessionRequest, options?: { asked?: boolean }) => void;
  /** Fetches what the next press will need: for `onPointerEnter` and `onFocus`. */
  prefetch: () => void;
  /** The answer to `choice`. */
  choose: (chosen: { update: string } | { label: string }) => void;
  /** The same request with a new session, and with an empty form. */
  renew: () => void;
  close: () => void;
  /** For the hub's `onSuccess`. The server asks StackOne before anything is shown. */
  completed: (account?: { id?: unknown } | null) => void;
  tryAgain: () => void;
  /**
   * What a button needs that opens this request: a press, a prefetch, and, once it was pressed while
   * nothing may be asked, how long that lasts.
   */
  buttonProps: (request?: SessionRequest) => ButtonProps;
  /** For `ConnectPanel`. */
  flow: ConnectFlow<HubModule>;
  opener: Opener;
  options: ConnectOptions;
}

/** What gets the focus back. */
export interface Opener {
  current: HTMLElement | null;
}

export interface ButtonProps {
  /** Always there, and optional for who writes it beside these. */
  type?: "button";
  onClick: (event: { currentTarget: HTMLElement }) => void;
  onPointerEnter: () => void;
  onFocus: () => void;
  "aria-disabled": boolean;
  "data-stackone-wait"?: string;
}

/** One connect session from the press of a button to what the server confirms. */
export function useConnectSession(options: ConnectOptions): ConnectSession {
  const [{ flow, pressed, opener, open }] = useState(() => {
    const flow = new ConnectFlow<HubModule>(flowOptions(options));
    const opener: Opener = { current: null };
    const open = (request?: SessionRequest, { asked = false } = {}) => {
      opener.current = null;
      flow.open(request, asked);
    };
    return { flow, opener, open, pressed: new Set<string>() };
  });
  useEffect(() => {
    const { isModal, api } = flow.options;
    flow.options = { ...flowOptions(options, api), isModal: isModal! };
  });
  useEffect(() => flow.mount(), [flow]);
  const state = useSyncExternalStore(flow.subscribe, flow.read, flow.read);
  if (!state.waiting && !state.loading) pressed.clear();

  const buttonProps = (request: SessionRequest = {}): ButtonProps => {
    const isWaiting = state.waiting > 0 && pressed.has(keyOf(request));
    return {
      type: "button",
      onClick: ({ currentTarget }) => {
        pressed.add(keyOf(request));
        // Not what has the focus: in Safari a button that is clicked does not get it.
        opener.current = currentTarget;
        flow.open(request);
      },
      onPointerEnter: flow.prefetch,
      onFocus: flow.prefetch,
      "aria-disabled": state.loading !== null || state.waiting > 0,
      ...(isWaiting && { "data-stackone-wait": duration(state.waiting, options.language ?? "en", "short") }),
    };
  };
  const { prefetch, choose, renew, close, completed, tryAgain } = flow;
  const actions = { open, prefetch, choose, renew, close, completed, tryAgain, buttonProps };
  return { ...state, ...actions, flow, opener, options };
}

const djangos = djangoFetch();

function flowOptions(options: ConnectOptions, known?: Api) {
  const fetchFunction = options.fetch ?? djangos;
  const made = new Api(options.api, fetchFunction);
  const isSame = known?.base === made.base && known.fetchFunction === fetchFunction;
  return {
    api: isSame ? known : made,
    loadHub: options.loadHub ?? null,
    hubBaseUrl: options.hubBaseUrl,
    allowMultiple: options.allowMultiple ?? false,
    on: (event: ConnectEvent) => {
      if (event.name === "completed") options.onSuccess?.(event.session, event.account);
      if (event.name === "closed" && event.reason) options.onExit?.(event.reason, event.session);
      if (event.name === "failed") options.onFailure?.(event.code, event.session ?? null);
      if (event.name === "changed") options.onChange?.();
    },
  };
}

