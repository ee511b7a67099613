import { useEffect, useRef, useState } from "react";

import { call, type Account, type FetchFunction, type SessionRequest } from "./connect/api";
import { problemOf, type Problem } from "./connect/messages";
import { LinkButton, Loading, Pill, Status, Time, Trouble } from "./parts";
import type { Pages } from "./usePages";
import { accountName, accountStatus, type Tone } from "./words";

interface AccountsProps {
  pages: Pages<Account>;
  fetchFunction: FetchFunction;
  /** Of the API's `accounts/`. */
  address: string;
  signIn: string;
  organization: string;
  onOpen: (request: SessionRequest) => void;
  onDisconnected: (accountId: string) => void;
}

type Refused = { problem: Problem; account: Account };
type Said = { tone: Tone; text: string } | Refused | null;

/** The linked accounts: how they are, and what can be done about it. */
export function Accounts(props: AccountsProps) {
  const { pages } = props;
  const [said, setSaid] = useState<Said>(null);
  /** Disconnects that StackOne has not heard of yet (202): the server goes on trying. */
  const [going, setGoing] = useState<ReadonlySet<string>>(new Set());
  const heading = useRef<HTMLHeadingElement>(null);

  async function disconnect(account: Account) {
    const name = accountName(account);
    const address = `${props.address}${encodeURIComponent(account.account_id)}/`;
    setSaid({ tone: "neutral", text: `Disconnecting ${name}…` });
    // The button that was pressed goes away.
    heading.current?.focus();
    try {
      const { status } = await call(props.fetchFunction, "DELETE", address);
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
      setSaid({ problem: problemOf(error), account });
    }
    await pages.reload();
  }

  const trouble = ({ problem, account }: Refused) => (
    <Trouble
      problem={problem}
      signIn={props.signIn}
      tryAgain={() => void disconnect(account)}
    />
  );
  return (
    <section aria-labelledby="accounts-title" aria-busy={pages.loading}>
      <h2 id="accounts-title" ref={heading} tabIndex={-1}>
        Linked accounts
      </h2>
      <Status id="accounts-status" tone={said && "tone" in said ? said.tone : "bad"}>
        {said && ("text" in said ? said.text : trouble(said))}
      </Status>
      <Status tone="bad">
        {pages.problem && (
          <Trouble
            problem={pages.problem}
            signIn={props.signIn}
            tryAgain={() => void pages.reload()}
          />
        )}
      </Status>
      <div id="accounts">
        {pages.items === null && !pages.problem && <Loading />}
        {pages.items?.length === 0 && <p className="empty">Nothing is connected yet.</p>}
        {!!pages.items?.length && (
          <ul className="accounts">
            {pages.items.map((account) => (
              <AccountRow
                key={account.account_id}
                account={account}
                going={going.has(account.account_id)}
                organization={props.organization}
                onOpen={props.onOpen}
                onDisconnect={() => void disconnect(account)}
              />
            ))}
          </ul>
        )}
        {pages.hasMore && (
          <p className="more">
            <LinkButton onClick={() => void pages.more()}>Show more accounts</LinkButton>
          </p>
        )}
      </div>
    </section>
  );
}

interface AccountRowProps {
  account: Account;
  going: boolean;
  organization: string;
  onOpen: (request: SessionRequest) => void;
  onDisconnect: () => void;
}

function AccountRow({ account, going, organization, onOpen, onDisconnect }: AccountRowProps) {
  const [asking, setAsking] = useState(false);
  const disconnect = useRef<HTMLButtonElement>(null);
  const name = accountName(account);
  const { account_id, provider, label, needs_reconnect } = account;
  const facts = [label, account.categories.join(", ").toUpperCase()].filter(Boolean).join(" · ");
  const reasons = account.status_reasons.map(({ description, code }) => description || code);
  const texts = [...new Set(reasons)].filter(Boolean);

  function keep() {
    setAsking(false);
    // The button is drawn again first.
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
          organization={organization}
          onKeep={keep}
          onDisconnect={() => {
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
              onClick={() => onOpen({ account_id })}
            >
              Reconnect
            </button>
            {provider && (
              <button
                type="button"
                className="quiet"
                aria-label={`Add another: ${name}`}
                onClick={() => onOpen({ provider, multiple: true })}
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
  organization: string;
  onKeep: () => void;
  onDisconnect: () => void;
}

/** Asks in the row itself; the safe answer has the focus, and Escape gives it. */
function Confirmation({ name, organization, onKeep, onDisconnect }: ConfirmationProps) {
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
        <button type="button" className="danger" onClick={onDisconnect}>
          Disconnect {name}
        </button>
        <button type="button" className="quiet" ref={keep} onClick={onKeep}>
          Keep it
        </button>
      </div>
    </div>
  );
}
