// What is shown for a state: one line about it with one next step, and the panel around the form.

import { needsReload, type Show } from "./show.js";
import type { Messages } from "../messages/index.js";
import type { ConnectState } from "./state.js";
import { keyOf } from "./types.js";

export type Tone = "neutral" | "good" | "warn" | "bad";
export type Act = "tryAgain" | "renew" | "close" | "reload";
export interface Action {
  label: string;
  act?: Act;
  href?: string;
}
export interface Notice {
  tone: Tone;
  text: string;
  action?: Action;
}
export type Body =
  | { kind: "hub" }
  | { kind: "hosted"; text: string; href: string; label: string }
  | {
      kind: "choice";
      updates: { id: string; label: string }[];
      add: { label: string; field: string; help: string } | null;
    };
export interface Panel {
  /** Another one is another panel, and gets the focus. */
  key: string;
  title: string;
  note: string;
  cancel: string;
  renewal: Notice | null;
  body: Body;
  /** The form waits for a window that is gone. */
  hidesHub: boolean;
}
export interface Model {
  isBusy: boolean;
  status: Notice | null;
  panel: Panel | null;
}

export function modelOf<Hub>(state: ConnectState<Hub>, show: Show): Model {
  const { loading, waiting } = state;
  return { isBusy: Boolean(loading || waiting), status: statusOf(state, show), panel: panelOf(state, show) };
}

const SESSION_LOADS = ["asking", "asking_still"] as const;
const FORM_LOADS = ["loading_form", "loading_form_still"] as const;

function statusOf<Hub>(state: ConnectState<Hub>, show: Show): Notice | null {
  const { messages } = show;
  const { loading, slow, problem, phase, confirmed } = state;
  const again = (act: Act, key: string): Action => ({ act, label: messages.get(key) });
  if (loading) {
    const keys = loading === "form" ? FORM_LOADS : SESSION_LOADS;
    const text = messages.get(keys[slow ? 1 : 0]);
    return { tone: "neutral", text, ...(slow && { action: again("close", "cancel") }) };
  }
  if (problem) {
    const text = messages.failure(problem);
    const check = phase === "unconfirmed" ? "check_again" : "try_again";
    if (!needsReload(problem.code)) return { tone: "bad", text, action: again("tryAgain", check) };
    const href = problem.code === "not_authenticated" && signIn(show);
    const action = href ? { href, label: messages.get("sign_in") } : again("reload", "reload");
    return { tone: "bad", text, action };
  }
  if (phase === "checking") return { tone: "neutral", text: messages.get("checking") };
  if (confirmed) {
    const text = messages.result(confirmed, Boolean(state.request.account_id), state.account);
    return { tone: "good", text };
  }
  if (phase === "unconfirmed") {
    const text = messages.get("unconfirmed");
    return { tone: "warn", text, action: again("tryAgain", "check_again") };
  }
  if (!state.window) return null;
  const { ending, code } = state.window;
  const text = messages.get(`window_${ending}`, { code: code || "–" });
  return { tone: "warn", text, action: again("renew", "try_again") };
}

function signIn({ signIn: address }: Show): string | null {
  if (!address) return null;
  const url = new URL(address, location.href);
  url.searchParams.set("next", location.pathname + location.search);
  return url.href;
}

function panelOf<Hub>(state: ConnectState<Hub>, show: Show): Panel | null {
  const { messages } = show;
  const { session, choice, phase, account, confirmed } = state;
  if (choice) {
    const name = messages.system(choice.accounts[0]!);
    return {
      key: `choice ${keyOf(state.request)}`,
      title: titleOf(state, show),
      note: choice.kind === "name" ? "" : messages.get(questionOf(choice), { name }),
      cancel: messages.get("cancel"),
      renewal: null,
      body: choiceBody(choice, messages),
      hidesHub: true,
    };
  }
  const isHosted = !state.hub;
  if (!session || (confirmed && isHosted)) return null;
  const isOver = phase !== "open";
  return {
    key: session.id,
    title: confirmed && account ? messages.name(account) : titleOf(state, show),
    note: isOver ? "" : noteOf(state, messages),
    cancel: messages.get(isOver ? "done" : "cancel"),
    renewal: isOver ? null : renewalOf(state, messages),
    body: isHosted ? hostedBody(state, messages) : { kind: "hub" },
    hidesHub: state.window?.ending === "closed",
  };
}

function titleOf<Hub>({ request }: ConnectState<Hub>, { heading, messages, nameOf }: Show): string {
  if (heading) return heading;
  const name = nameOf?.(request);
  if (!name) return messages.get("title_any");
  const key = request.account_id ? "reconnect" : request.multiple ? "another" : "connect";
  return messages.get(`title_${key}`, { name });
}

function noteOf<Hub>({ session, atStake }: ConnectState<Hub>, messages: Messages): string {
  if (atStake.length) return messages.get("at_stake", { names: messages.names(atStake) });
  return messages.get(`path_${session?.path}`, {}, "");
}

function renewalOf<Hub>({ life }: ConnectState<Hub>, messages: Messages): Notice | null {
  if (life === "valid") return null;
  const text = messages.get(life === "ending" ? "ends_soon" : life);
  const action = { act: "renew", label: messages.get("start_again") } as const;
  return { tone: life === "refused" ? "warn" : "neutral", text, action };
}

function hostedBody<Hub>({ instead, session }: ConnectState<Hub>, messages: Messages): Body {
  const keys = { hub_missing: "missing", hub_crashed: "crashed", modal: "modal", hosted_only: "" };
  const key = instead && keys[instead];
  return {
    kind: "hosted",
    text: messages.get(key ? `hosted_${key}` : "hosted"),
    href: session?.auth_link_url ?? "",
    label: messages.get(session?.auth_link_url ? "open_page" : "start_again"),
  };
}

type Choice = NonNullable<ConnectState<unknown>["choice"]>;

const questionOf = ({ accounts, canAdd }: Choice) =>
  `exists_${accounts.length > 1 ? "many" : "one"}${canAdd ? "_or_add" : ""}`;

function choiceBody({ kind, accounts, canAdd }: Choice, messages: Messages): Body {
  const updates = accounts.map((account) => ({
    id: account.account_id,
    label: messages.get("update", { name: messages.name(account, accounts) }),
  }));
  const add = {
    label: messages.get("add_another"),
    field: messages.get("label"),
    help: messages.get("label_help"),
  };
  return { kind: "choice", updates: kind === "which" ? updates : [], add: canAdd ? add : null };
}
