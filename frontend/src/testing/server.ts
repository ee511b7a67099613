// What the tests put in the server's place: the package's, and those of the example's page.

import type { Account, IssuedSession, Session } from "../core/types.js";

export const SESSIONS = "/api/stackone/connect-sessions/";
export const ACCOUNTS = "/api/stackone/accounts/";

export const session = (change: Partial<Session> = {}): Session => ({
  id: "s1",
  expires_at: "2026-01-31T12:30:00Z",
  status: "issued",
  path: "create",
  outcome: null,
  provider: null,
  categories: [],
  account_id: null,
  label: null,
  multiple: false,
  requested_by: "member@acme.example",
  error_code: null,
  last_attempt: null,
  created_at: "2026-01-31T12:00:00Z",
  completed_at: null,
  ...change,
});

export const completed = (change: Partial<Session> = {}): Session =>
  session({
    status: "completed",
    outcome: "create",
    provider: "bamboohr",
    account_id: "a1",
    completed_at: "2026-01-31T12:03:00Z",
    ...change,
  });

export const account = (change: Partial<Account> = {}): Account => ({
  account_id: "a1",
  provider: "bamboohr",
  provider_name: "BambooHR",
  type: "production",
  status: "active",
  status_reasons: [],
  label: null,
  needs_reconnect: false,
  categories: ["hris"],
  linked_at: "2026-01-31T12:03:00Z",
  updated_at: "2026-01-31T12:03:00Z",
  disconnected_at: null,
  ...change,
});

type Reply = { status?: number; data?: unknown; headers?: Record<string, string> };
type Respond = (body: unknown, count: number) => Reply | Error | Promise<Reply>;

/** Answers by method and path; what is not set up fails the test by name. */
export class Server {
  readonly routes = new Map<string, Respond>();
  readonly calls: { call: string; body: unknown }[] = [];

  on(call: string, respond: Respond | Reply | Error): this {
    this.routes.set(call, typeof respond === "function" ? respond : () => respond);
    return this;
  }

  /** Every session is a new one: s1, s2, … */
  issues(change: Partial<IssuedSession> = {}): this {
    return this.on(`POST ${SESSIONS}`, (_, count) => ({
      status: 201,
      data: { ...session({ id: `s${count}` }), token: `token-${count}`, ...change },
    }));
  }

  count(call: string): number {
    return this.calls.filter((one) => one.call === call).length;
  }

  fetch = async (address: string, init: RequestInit): Promise<Response> => {
    const { origin } = location;
    const call = `${init.method ?? "GET"} ${address.startsWith(origin) ? address.slice(origin.length) : address}`;
    const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : undefined;
    this.calls.push({ call, body });
    const respond = this.routes.get(call);
    if (!respond) throw new Error(`The test sets up no answer to ${call}.`);
    const reply = await respond(body, this.count(call));
    if (reply instanceof Error) throw reply;
    const { status = 200, data, headers } = reply;
    const text = typeof data === "string" ? data : JSON.stringify(data);
    return new Response(status === 204 ? null : text, { status, headers });
  };
}
