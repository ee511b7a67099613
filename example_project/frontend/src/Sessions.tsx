import type { Session } from "@stackone-connect/react";

import { LinkButton, Loading, Pill, Status, Time, Trouble } from "./parts";
import type { Pages } from "./usePages";
import { OUTCOME, PATH, SESSION_STATUS, attemptTrouble, failure, type Naming } from "./messages";

const COLUMNS = ["When", "Who", "System", "Path", "Outcome", "Status"] as const;

interface SessionsProps {
  pages: Pages<Session>;
  signIn: string;
  name: Naming;
  /** How many are shown before more are asked for. */
  shown: number;
  onMore: () => void;
}

/** The sessions with their requests and results, newest first. */
export function Sessions({ pages, signIn, name, shown, onMore }: SessionsProps) {
  const items = pages.items?.slice(0, shown);
  return (
    <section aria-labelledby="sessions-title" aria-busy={pages.loading}>
      <h2 id="sessions-title">Recent sessions</h2>
      <Status tone="bad">
        {pages.problem && (
          <Trouble problem={pages.problem} signIn={signIn} tryAgain={() => void pages.reload()} />
        )}
      </Status>
      <div id="sessions">
        {!items && !pages.problem && <Loading />}
        {items?.length === 0 && <p className="empty">No sessions yet.</p>}
        {!!items?.length && (
          <table>
            <thead>
              <tr>
                {COLUMNS.map((column) => (
                  <th scope="col" key={column}>
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {items.map((session) => (
                <SessionRow key={session.id} session={session} name={name} />
              ))}
            </tbody>
          </table>
        )}
        {(pages.hasMore || (pages.items?.length ?? 0) > shown) && (
          <p className="more">
            <LinkButton onClick={onMore}>Show older sessions</LinkButton>
          </p>
        )}
      </div>
    </section>
  );
}

function SessionRow({ session, name }: { session: Session; name: Naming }) {
  const trouble = session.error_code
    ? failure(session.error_code)
    : session.status !== "completed" && attemptTrouble(session.last_attempt);
  const cells = [
    <Time iso={session.created_at} />,
    session.requested_by ?? "—",
    systemOf(session, name),
    PATH[session.path] ?? session.path,
    session.outcome ? (OUTCOME[session.outcome] ?? session.outcome) : "—",
    <span>
      <Pill is={SESSION_STATUS[session.status] ?? [session.status, "neutral"]} />
      {trouble && <small>{trouble}</small>}
    </span>,
  ];
  return (
    <tr data-session={session.id}>
      {COLUMNS.map((column, index) => (
        <td data-label={column} key={column}>
          {cells[index]}
        </td>
      ))}
    </tr>
  );
}

function systemOf(session: Session, name: Naming): string {
  const system = name(session.provider, session.account_id);
  if (system) return system;
  // An account that is no longer linked.
  if (session.account_id) return session.account_id;
  const categories = session.categories.join(", ").toUpperCase();
  return categories ? `Any ${categories}` : "Any";
}
