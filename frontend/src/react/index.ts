"use client";

export { Api, ApiError, type FetchFunction } from "../core/api.js";
export { djangoFetch } from "../core/csrf.js";
export type { Choice } from "../core/existing.js";
export type { ConnectState, ExitReason, Problem } from "../core/state.js";
export type { Account, IssuedSession, Session, SessionRequest } from "../core/types.js";
export type { WindowEnd, WindowEnding } from "../core/window.js";
export type { Catalogue, MessageKey, Texts } from "../messages/index.js";
export { ConnectPanel, type ConnectPanelProps } from "./ConnectPanel.js";
export { type Accounts, useAccounts } from "./useAccounts.js";
export {
  type ButtonProps,
  type ConnectOptions,
  type ConnectSession,
  type HubModule,
  useConnectSession,
} from "./useConnectSession.js";
