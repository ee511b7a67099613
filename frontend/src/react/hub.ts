"use client";

import type { HubModule } from "./useConnectSession.js";

/** StackOne's hub, in a chunk of its own; for who has installed `@stackone/hub`. */
export const loadHub = (): Promise<HubModule> => import("@stackone/hub");
