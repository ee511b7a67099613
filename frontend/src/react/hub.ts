"use client";

import { later } from "../core/later.js";
import type { HubModule } from "./useConnectSession.js";

/** StackOne's hub, in a chunk of its own; for who has installed `@stackone/hub`. */
export const loadHub = (): Promise<HubModule> =>
  later<HubModule>("StackOneHub", () => import("@stackone/hub"));
