// The element and the React panel, driven in the same way: what is tested of one is tested of both.

import { act, cleanup, render } from "@testing-library/react";
import { StrictMode } from "react";
import { vi } from "vitest";

import type { ConnectEvent } from "../core/state.js";
import type { SessionRequest } from "../core/types.js";
import "../element/index.js";
import { ConnectPanel } from "../react/ConnectPanel.js";
import { type ConnectOptions, type HubModule, useConnectSession } from "../react/useConnectSession.js";
import { de } from "../messages/de.js";
import type { Server } from "./server.js";

export interface Setup {
  server: Server;
  request?: SessionRequest;
  allowMultiple?: boolean;
  signIn?: string;
  language?: "de";
  /** How often the hub's code was asked for, and whether it comes. */
  loadHub?: () => Promise<void>;
  /** Around what is driven, such as a dialog. */
  within?: HTMLElement;
}

/** Without `changed`, which only React pages get. */
export type Emitted = Exclude<ConnectEvent, { name: "changed" }>;

export interface Driven {
  /** What the user presses first. */
  opener: HTMLElement;
  /** A part of what is shown, by its name. */
  part: (name: string) => HTMLElement | null;
  token: () => string | null;
  succeed: (account: { id?: string } | null) => void;
  events: Emitted[];
}

export interface Driver {
  name: string;
  mount: (setup: Setup) => Promise<Driven>;
  unmount: () => void;
}

const API = "/api/stackone/";
const settle = async () => {
  await act(() => vi.dynamicImportSettled());
  await act(() => vi.advanceTimersByTimeAsync(10));
};

/** What loads the hub's script for the element: the tests put it in the place of `loadHubScript`. */
export const script = { load: () => Promise.resolve() };

export const element: Driver = {
  name: "the element",
  async mount({ server, request = {}, allowMultiple, signIn, language, loadHub, within }) {
    vi.stubGlobal("fetch", server.fetch);
    const node = document.createElement("stackone-connect");
    script.load = loadHub ?? (() => Promise.resolve());
    const attributes = {
      api: API,
      "hub-script": "/hub.js",
      "hub-base-url": "/sandbox",
      provider: request.provider,
      category: request.category,
      "account-id": request.account_id,
      label: request.label,
      multiple: request.multiple ? "" : undefined,
      "allow-multiple": allowMultiple ? "" : undefined,
      "sign-in": signIn,
      lang: language,
    };
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== null) node.setAttribute(name, value);
    }
    const events: Emitted[] = [];
    for (const name of ["issued", "completed", "failed", "closed"]) {
      node.addEventListener(`stackone-connect:${name}`, (event) =>
        events.push({ name, ...(event as CustomEvent<object>).detail } as Emitted),
      );
    }
    (within ?? document.body).append(node);
    await settle();
    const hub = () => node.querySelector("stackone-hub");
    return {
      opener: node.shadowRoot!.querySelector("button")!,
      part: (name) => node.shadowRoot!.querySelector<HTMLElement>(`[part~="${name}"]`),
      token: () => hub()?.getAttribute("token") ?? null,
      succeed: (detail) => void hub()!.dispatchEvent(new CustomEvent("success", { detail })),
      events,
    };
  },
  unmount: () => document.body.replaceChildren(),
};

export const panel: Driver = {
  name: "the React panel",
  async mount({ server, request = {}, loadHub, within, language, ...rest }) {
    vi.stubGlobal("fetch", server.fetch);
    const events: Emitted[] = [];
    let hub: { token: string; onSuccess: (account: unknown) => void } | null = null;
    function StackOneHub(props: typeof hub) {
      hub = props;
      return <output>{props!.token}</output>;
    }
    const options: ConnectOptions = {
      ...rest,
      api: API,
      fetch: server.fetch,
      hubBaseUrl: "/sandbox",
      loadHub: async (): Promise<HubModule> => {
        await loadHub?.();
        return { StackOneHub };
      },
      ...(language && { messages: de, language }),
      onSuccess: (session, account) => events.push({ name: "completed", session, account }),
      onExit: (reason, session) =>
        events.push({ name: "closed", session, completed: false, reason }),
      onFailure: (code, session) => events.push({ name: "failed", code, session: session! }),
    };
    function Page() {
      const connect = useConnectSession(options);
      return (
        <>
          <button {...connect.buttonProps(request)}>Connect</button>
          <ConnectPanel connect={connect} />
        </>
      );
    }
    const { container } = render(<Page />, {
      wrapper: StrictMode,
      ...(within && { container: within }),
    });
    await settle();
    return {
      opener: container.querySelector("button")!,
      part: (name) => container.querySelector<HTMLElement>(`[part~="${name}"]`),
      token: () => container.querySelector("output")?.textContent ?? null,
      succeed: (account) => hub!.onSuccess(account),
      events,
    };
  },
  unmount: cleanup,
};
