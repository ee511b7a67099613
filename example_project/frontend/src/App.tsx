import { ConnectPanel, useAccounts, useConnectSession } from "@stackone-connect/react";
import type { Api, FetchFunction, HubModule, Session } from "@stackone-connect/react";
import { useCallback, useEffect, useMemo, useState } from "react";

import { Accounts } from "./Accounts";
import type { Config } from "./config";
import { ConnectForm } from "./ConnectForm";
import { Sessions } from "./Sessions";
import { usePages } from "./usePages";
import { naming } from "./messages";

const SESSIONS_SHOWN = 6;

interface AppProps {
  config: Config;
  /** A separate chunk, loaded when a button is hovered, focused or pressed. */
  loadHub: () => Promise<HubModule>;
  /** Default: `fetch` with Django's CSRF token. */
  fetchFunction?: FetchFunction;
}

export function App({ config, fetchFunction, loadHub }: AppProps) {
  const { signIn, shortcuts } = config;
  const server = { api: config.api, ...(fetchFunction && { fetch: fetchFunction }) };
  const accounts = useAccounts(server);
  const sessions = usePages<Session>(accounts.api as Api, "connect-sessions/");
  const [shown, setShown] = useState(SESSIONS_SHOWN);
  const name = useMemo(
    () => naming(accounts.accounts ?? [], shortcuts),
    [accounts.accounts, shortcuts],
  );

  const { reload: reloadAccounts } = accounts;
  const { reload: reloadSessions } = sessions;
  const reload = useCallback(() => {
    void reloadAccounts();
    void reloadSessions();
  }, [reloadAccounts, reloadSessions]);

  // Coming back from StackOne's page or from another tab, the history may have changed.
  useEffect(() => {
    const comeBack = () => void (document.hidden || reloadSessions());
    document.addEventListener("visibilitychange", comeBack);
    return () => document.removeEventListener("visibilitychange", comeBack);
  }, [reloadSessions]);

  const connect = useConnectSession({
    ...server,
    loadHub,
    signIn,
    allowMultiple: config.allowMultiple,
    hubBaseUrl: config.hubBaseUrl,
    hubAppUrl: config.hubAppUrl,
    onChange: reload,
  });

  return (
    <>
      <h1>Integrations</h1>
      <p className="lede">
        Connect the systems {config.organization} already works with. Credentials go straight to
        StackOne; Meridian never sees them.
      </p>
      <section id="connect" aria-labelledby="connect-title">
        <h2 id="connect-title">Connect an account</h2>
        <ConnectForm connect={connect} shortcuts={shortcuts} />
        <ConnectPanel
          connect={connect}
          nameOf={({ provider, account_id }) => name(provider ?? null, account_id)}
        />
      </section>
      <Accounts
        list={accounts}
        connect={connect}
        signIn={signIn}
        organization={config.organization}
        allowMultiple={config.allowMultiple}
        onDisconnected={(accountId) => {
          // Its form would edit an account that is gone.
          if (connect.request.account_id === accountId) connect.close();
          void sessions.reload();
        }}
      />
      <Sessions
        pages={sessions}
        signIn={signIn}
        name={name}
        shown={shown}
        onMore={() => {
          if (sessions.items && sessions.items.length <= shown) void sessions.more();
          setShown((count) => count + 50);
        }}
      />
    </>
  );
}
