import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";

import { Accounts } from "./Accounts";
import type { Config } from "./config";
import type { Account, FetchFunction, Session } from "./connect/api";
import { useConnectSession, type ConnectSession } from "./connect/useConnectSession";
import { ConnectForm } from "./ConnectForm";
import { HubPanel, type HubModule } from "./HubPanel";
import { LinkButton, Status, Trouble } from "./parts";
import { Sessions } from "./Sessions";
import { usePages } from "./usePages";
import { attemptTrouble, naming, resultOf, titleOf, type Naming, type Tone } from "./words";

const SESSIONS_SHOWN = 6;

interface AppProps {
  config: Config;
  fetchFunction: FetchFunction;
  /** A chunk of its own, asked for when Connect is first pressed. */
  loadHub: () => Promise<HubModule>;
}

export function App({ config, fetchFunction, loadHub }: AppProps) {
  const { signIn, shortcuts } = config;
  const accounts = usePages<Account>(fetchFunction, config.accounts);
  const sessions = usePages<Session>(fetchFunction, config.sessions);
  const [shown, setShown] = useState(SESSIONS_SHOWN);
  const connectButton = useRef<HTMLButtonElement>(null);
  const name = useMemo(() => naming(accounts.items ?? [], shortcuts), [accounts.items, shortcuts]);

  const { reload: reloadAccounts } = accounts;
  const { reload: reloadSessions } = sessions;
  const reload = useCallback(() => {
    void reloadAccounts();
    void reloadSessions();
  }, [reloadAccounts, reloadSessions]);

  // Coming back from StackOne's page or from another tab, the lists may have changed.
  useEffect(() => {
    const comeBack = () => document.hidden || reload();
    document.addEventListener("visibilitychange", comeBack);
    return () => document.removeEventListener("visibilitychange", comeBack);
  }, [reload]);

  const connect = useConnectSession(fetchFunction, {
    sessions: config.sessions,
    loadHub,
    onChange: reload,
  });

  function close() {
    connect.close();
    connectButton.current?.focus();
  }

  return (
    <>
      <h1>Integrations</h1>
      <p className="lede">
        Connect the systems {config.organization} already works with. Credentials go straight to
        StackOne; Meridian never sees them.
      </p>
      <section id="connect" aria-labelledby="connect-title">
        <h2 id="connect-title">Connect an account</h2>
        <ConnectForm
          busy={connect.busy}
          shortcuts={shortcuts}
          button={connectButton}
          onOpen={connect.open}
        />
        <ConnectStatus connect={connect} name={name} signIn={signIn} onCancel={close} />
        {connect.session && (
          <HubPanel
            connect={connect}
            config={config}
            title={titleOf(connect.request, name)}
            onClose={close}
          />
        )}
      </section>
      <Accounts
        pages={accounts}
        fetchFunction={fetchFunction}
        address={config.accounts}
        signIn={signIn}
        organization={config.organization}
        onOpen={connect.open}
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

interface ConnectStatusProps {
  connect: ConnectSession<HubModule>;
  name: Naming;
  signIn: string;
  onCancel: () => void;
}

/** The one line that tells how connecting goes. */
function ConnectStatus({ connect, name, signIn, onCancel }: ConnectStatusProps) {
  const [tone, words] = lineOf(connect, name, signIn, onCancel);
  return (
    <Status id="status" tone={tone}>
      {words}
    </Status>
  );
}

function lineOf(
  connect: ConnectSession<HubModule>,
  name: Naming,
  signIn: string,
  onCancel: () => void,
): [Tone, ReactNode] {
  if (connect.busy) {
    if (!connect.slow) return ["neutral", "Asking StackOne for a session…"];
    return [
      "neutral",
      <>
        This takes longer than usual. <LinkButton onClick={onCancel}>Cancel</LinkButton>
      </>,
    ];
  }
  // Without the hub the panel itself says so, and offers what there is instead.
  if (connect.problem?.code === "hub_not_loaded") return ["bad", connect.problem.message];
  if (connect.problem) {
    const { problem, tryAgain } = connect;
    return ["bad", <Trouble problem={problem} signIn={signIn} tryAgain={tryAgain} />];
  }
  if (connect.phase === "checking") return ["neutral", "Checking with StackOne…"];
  if (connect.confirmed) return ["good", resultOf(connect.confirmed, name)];
  if (connect.phase === "unconfirmed") {
    return [
      "warn",
      <>
        StackOne hasn’t confirmed a change yet.{" "}
        <LinkButton onClick={connect.tryAgain}>Check again</LinkButton> or{" "}
        <LinkButton onClick={connect.renew}>start again</LinkButton>.
      </>,
    ];
  }
  const trouble = attemptTrouble(connect.attempt);
  return ["warn", trouble && `${trouble} You can try again in the form.`];
}
