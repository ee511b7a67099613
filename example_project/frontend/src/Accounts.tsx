import {
  type Account,
  type Accounts as AccountList,
  ApiError,
  type ConnectSession,
  type Problem,
} from "@stackone-connect/react";
import { useEffect, useRef, useState } from "react";

import { Loading, Pill, Status, Time, Trouble } from "./parts";
import { accountStatus, messages, type Tone } from "./messages";
import { useWait, waiting } from "./useWait";

interface AccountsProps {
  list: AccountList;
  connect: ConnectSession;
  signIn: string;
  organization: string;
  allowMultiple: boolean;
  onDisconnected: (accountId: string) => void;
}

type Refused = { problem: Problem; account: Account };
type Said = { tone: Tone; text: string } | Refused | null;

/** The linked accounts, their status, and the actions on them. */
export function Accounts(props: AccountsProps) {
  const { list, connect } = props;
  const all = list.accounts ?? [];
  const [said, setSaid] = useState<Said>(null);
  /** Disconnects that StackOne has not confirmed yet (202); the server retries them. */
  const [going, setGoing] = useState<ReadonlySet<string>>(new Set());
  const heading = useRef<HTMLHeadingElement>(null);
  /** How long nothing may be disconnected, and what was pressed when that was said. */
  const [wait, startWaiting] = useWait();
  const [pressed, setPressed] = useState<string | null>(null);

  async function disconnect(account: Account) {
    if (wait) return;
    const name = messages.name(account, all);
    setSaid({ tone: "neutral", text: `Disconnecting ${name}…` });
    // The pressed button is removed.
    heading.current?.focus();
    try {
      const { status } = await list.api.disconnect(account.account_id);
      if (status === 202) {
        setGoing((ids) => new Set(ids).add(account.account_id));
        setSaid({
          tone: "warn",
          text:
            `StackOne does not answer just now. ${name} is no longer used, ` +
            "and will be disconnected there as soon as possible.",
        });
      } else {
        setSaid({ tone: "good", text: `${name} is disconnected.` });
      }
      props.onDisconnected(account.account_id);
    } catch (error) {
      const problem = error instanceof ApiError ? error : new ApiError("unknown");
      setSaid({ problem, account });
      setPressed(account.account_id);
      if (problem.retryAfter) startWaiting(problem.retryAfter);
    }
    await list.reload();
  }

  const trouble = ({ problem, account }: Refused) => (
    <Trouble
      problem={problem}
      signIn={props.signIn}
      wait={wait}
      tryAgain={() => void disconnect(account)}
    />
  );
  return (
    <section aria-labelledby="accounts-title" aria-busy={list.loading}>
      <h2 id="accounts-title" ref={heading} tabIndex={-1}>
        Linked accounts
      </h2>
      <Status id="accounts-status" tone={said && "tone" in said ? said.tone : "bad"}>
        {said && ("text" in said ? said.text : trouble(said))}
      </Status>
      <Status tone="bad">
        {list.broken.length > 0 &&
          `Stopped working: ${messages.names(list.broken)}. Use Reconnect below.`}
      </Status>
      <Status tone="bad">
        {list.problem && (
          <Trouble
            problem={list.problem}
            signIn={props.signIn}
            tryAgain={() => void list.reload()}
          />
        )}
      </Status>
      <div id="accounts">
        {list.accounts === null && !list.problem && <Loading />}
        {list.accounts?.length === 0 && <p className="empty">Nothing is connected yet.</p>}
        {!!list.accounts?.length && (
          <ul className="accounts">
            {all.map((account) => (
              <AccountRow
                key={account.account_id}
                account={account}
                name={messages.name(account, all)}
                connect={connect}
                canAdd={props.allowMultiple}
                going={going.has(account.account_id)}
                wait={wait}
                wasPressed={pressed === account.account_id}
                organization={props.organization}
                onDisconnect={() => void disconnect(account)}
              />
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

interface AccountRowProps {
  account: Account;
  /** Tells it from the others. */
  name: string;
  connect: ConnectSession;
  canAdd: boolean;
  going: boolean;
  /** Seconds until something may be disconnected. */
  wait: number;
  /** Whether it was this one that was not disconnected. */
  wasPressed: boolean;
  organization: string;
  onDisconnect: () => void;
}

function AccountRow(props: AccountRowProps) {
  const { account, name, connect, going, organization, onDisconnect } = props;
  const [asking, setAsking] = useState(false);
  const disconnect = useRef<HTMLButtonElement>(null);
  const { account_id, provider, needs_reconnect } = account;
  const facts = account.categories.join(", ").toUpperCase();
  const reasons = account.status_reasons.map(({ description, code }) => description || code);
  const texts = [...new Set(reasons)].filter(Boolean);

  function keep() {
    setAsking(false);
    // The button is rendered first.
    requestAnimationFrame(() => disconnect.current?.focus());
  }

  return (
    <li data-account={account_id}>
      <span className="monogram" aria-hidden="true">
        {name.slice(0, 1).toUpperCase()}
      </span>
      <div className="what">
        <h3>
          {name} <Pill is={going ? ["Disconnecting", "warn"] : accountStatus(account.status)} />
        </h3>
        <p>
          {facts && `${facts} · `}Linked <Time iso={account.linked_at} />
        </p>
        <p className="id">{account_id}</p>
        {texts.map((reason) => (
          <p className="reason" key={reason}>
            {reason}
          </p>
        ))}
      </div>
      {asking ? (
        <Confirmation
          name={name}
          wait={props.wait}
          organization={organization}
          onKeep={keep}
          onDisconnect={() => {
            if (props.wait) return;
            setAsking(false);
            onDisconnect();
          }}
        />
      ) : (
        !going && (
          <div className="actions">
            <button
              type="button"
              className={needs_reconnect ? "" : "quiet"}
              aria-label={`Reconnect: ${name}`}
              {...connect.buttonProps({ account_id })}
            >
              Reconnect
            </button>
            {provider && props.canAdd && (
              <button
                type="button"
                className="quiet"
                aria-label={`Add another: ${messages.system(account)}`}
                {...connect.buttonProps({ provider, multiple: true })}
              >
                Add another
              </button>
            )}
            <button
              type="button"
              className="quiet"
              ref={disconnect}
              aria-label={`Disconnect: ${name}`}
              onClick={() => setAsking(true)}
              {...(props.wasPressed && waiting(props.wait))}
            >
              Disconnect
            </button>
          </div>
        )
      )}
    </li>
  );
}

interface ConfirmationProps {
  name: string;
  wait: number;
  organization: string;
  onKeep: () => void;
  onDisconnect: () => void;
}

/** Asks in the row itself; the safe choice has the focus, and Escape selects it. */
function Confirmation({ name, wait, organization, onKeep, onDisconnect }: ConfirmationProps) {
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus(), []);
  return (
    <div
      className="confirmation"
      role="group"
      aria-label={`Disconnect ${name}?`}
      onKeyDown={(event) => event.key === "Escape" && onKeep()}
    >
      <p>
        {organization} loses access to {name} at once. Connecting it again takes its credentials.
      </p>
      <div className="actions">
        <button type="button" className="danger" onClick={onDisconnect} {...waiting(wait)}>
          Disconnect {name}
        </button>
        <button type="button" className="quiet" ref={keep} onClick={onKeep}>
          Keep it
        </button>
      </div>
    </div>
  );
}
