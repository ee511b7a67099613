import { useEffect, useRef, useSyncExternalStore } from "react";

import type { ConnectSession } from "./connect/useConnectSession";
import type { Config } from "./config";
import { Boundary, LinkButton } from "./parts";
import { EXPECTATION } from "./words";

export type HubModule = typeof import("@stackone/hub");

interface HubPanelProps {
  connect: ConnectSession<HubModule>;
  config: Config;
  title: string;
  onClose: () => void;
}

/** A section of the page and no dialog: the hub's lists are drawn outside it (hub §4). */
export function HubPanel({ connect, config, title, onClose }: HubPanelProps) {
  const { session, phase, life, hub } = connect;
  const heading = useRef<HTMLHeadingElement>(null);
  const theme = useSyncExternalStore(watchScheme, readScheme);
  useEffect(() => {
    heading.current?.focus();
    heading.current?.scrollIntoView({ block: "nearest" });
  }, [session?.id]);
  const confirmed = phase === "confirmed";
  if (!session || (confirmed && !hub)) return null;

  const hosted = confirmed ? null : (
    <HostedPage address={session.auth_link_url} startAgain={connect.renew} />
  );
  return (
    <section className="hub-panel" aria-labelledby="panel-title">
      <header>
        <h3 id="panel-title" ref={heading} tabIndex={-1}>
          {title}
        </h3>
        <p>{phase === "open" && (EXPECTATION[session.path] ?? "")}</p>
        <button type="button" className="quiet" onClick={onClose}>
          {phase === "open" ? "Cancel" : "Done"}
        </button>
      </header>
      <div id="renewal" role="status">
        {life !== "valid" && (
          <p className="notice">
            {life === "ending" ? "This session ends soon." : "This session has ended."} A fresh one
            starts with an empty form. <LinkButton onClick={connect.renew}>Start again</LinkButton>
          </p>
        )}
      </div>
      {hub ? (
        <div className="hub" id="hub">
          <Boundary key={session.id} fallback={hosted}>
            <hub.StackOneHub
              token={session.token}
              baseUrl={config.hubBaseUrl}
              appUrl={config.hubAppUrl}
              accountId={connect.request.account_id ?? undefined}
              theme={theme}
              height="560px"
              showFooterLinks={false}
              onSuccess={connect.completed}
              onClose={onClose}
            />
          </Boundary>
        </div>
      ) : (
        hosted
      )}
    </section>
  );
}

/** In the hub's place where it can't be loaded or has crashed. */
function HostedPage(props: { address: string | null | undefined; startAgain: () => void }) {
  return (
    <div className="instead" role="alert">
      <p>
        StackOne’s form does not work here just now.{" "}
        <LinkButton onClick={props.startAgain}>Start again</LinkButton>, or reload the page.
      </p>
      {props.address && (
        <p>
          StackOne’s own page, in a new tab, does the same; the account is listed here as soon as
          StackOne reports it.{" "}
          <a href={props.address} target="_blank" rel="noopener">
            Open StackOne’s page
          </a>
        </p>
      )}
    </div>
  );
}

const DARK = "(prefers-color-scheme: dark)";
const readScheme = () => (matchMedia(DARK).matches ? "dark" : "light");
function watchScheme(changed: () => void): () => void {
  const scheme = matchMedia(DARK);
  scheme.addEventListener("change", changed);
  return () => scheme.removeEventListener("change", changed);
}
