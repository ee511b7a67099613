import { act, cleanup, fireEvent, render } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { de } from "../messages/de.js";
import { account, ACCOUNTS, Server, session, SESSIONS } from "../testing/server.js";
import { ConnectPanel } from "./ConnectPanel.js";
import { type ConnectOptions, useConnectSession } from "./useConnectSession.js";

const BAMBOOHR = { provider: "bamboohr" };
const settle = async () => {
  await act(() => vi.dynamicImportSettled());
  await act(() => new Promise((resolve) => setTimeout(resolve, 10)));
};

let server: Server;
let accounts: ReturnType<typeof account>[];

beforeEach(() => {
  accounts = [];
  server = new Server()
    .issues()
    .on(`GET ${SESSIONS}s1/`, { data: session() })
    .on(`GET ${ACCOUNTS}`, () => ({ data: { next: null, results: accounts } }));
});
afterEach(cleanup);

describe("in a form of the host's", () => {
  const sent = vi.fn((event: { preventDefault: () => void }) => event.preventDefault());
  const hubSent = vi.fn();

  /** A hub whose buttons are of the kind that sends a form, inside of one of its own and without. */
  const StackOneHub = () => (
    <>
      <input name="secret" defaultValue="a-secret" />
      <button>Connect</button>
      <form onSubmit={hubSent}>
        <button>Search</button>
      </form>
    </>
  );

  function Page() {
    const loadHub = async () => ({ StackOneHub });
    const connect = useConnectSession({ api: "/api/stackone/", fetch: server.fetch, loadHub });
    return (
      <form onSubmit={sent} data-testid="host">
        <button {...connect.buttonProps(BAMBOOHR)}>Open</button>
        <ConnectPanel connect={connect} />
      </form>
    );
  }

  const mount = async () => {
    const shown = render(<Page />);
    await settle();
    const native = vi.fn((event: Event) => event.preventDefault());
    const host = shown.getByTestId("host") as HTMLFormElement;
    host.addEventListener("submit", native);
    fireEvent.click(shown.getByText("Open"));
    await settle();
    return { ...shown, host, native };
  };

  beforeEach(() => {
    for (const mock of [sent, hubSent]) mock.mockClear();
  });

  it("neither our buttons nor the hub's send it", async () => {
    const { getByText, native } = await mount();
    fireEvent.click(getByText("Connect"));
    fireEvent.click(getByText("Search"));
    expect(sent).not.toHaveBeenCalled();
    expect(native).not.toHaveBeenCalled();
    expect(hubSent).toHaveBeenCalledOnce();
  });

  it("nothing that is typed into the hub is sent with it", async () => {
    const { host, getByText } = await mount();
    expect(getByText("Connect").closest("form")).not.toBe(host);
    expect((host.querySelector("[name=secret]") as HTMLInputElement).form).not.toBe(host);
  });

  it("a name for another account does not send it", async () => {
    accounts = [account()];
    function Choosing() {
      const connect = useConnectSession({
        api: "/api/stackone/",
        fetch: server.fetch,
        allowMultiple: true,
        loadHub: async () => ({ StackOneHub }),
      });
      return (
        <form onSubmit={sent}>
          <button {...connect.buttonProps(BAMBOOHR)}>Open</button>
          <ConnectPanel connect={connect} />
        </form>
      );
    }
    const { getByText } = render(<Choosing />);
    await settle();
    fireEvent.click(getByText("Open"));
    await settle();
    fireEvent.click(getByText("Add another"));
    await settle();
    expect(sent).not.toHaveBeenCalled();
    expect(server.count(`POST ${SESSIONS}`)).toBe(1);
  });
});

it.each(["de_DE", "not a language"])("a language as %s is written does not stop the page", async (language) => {
  server.on(`POST ${SESSIONS}`, {
    status: 429,
    data: { code: "throttled", detail: "…" },
    headers: { "Retry-After": "90" },
  });
  const options: ConnectOptions = { api: "/api/stackone/", fetch: server.fetch, messages: de, language };
  function Page() {
    const connect = useConnectSession(options);
    return (
      <>
        <button {...connect.buttonProps(BAMBOOHR)}>Open</button>
        <ConnectPanel connect={connect} />
      </>
    );
  }
  const { getByText, container } = render(<Page />);
  await settle();
  fireEvent.click(getByText("Open"));
  await settle();
  const status = container.querySelector("[part=status]")!;
  expect(status.textContent).toMatch(/^Das waren viele Versuche in kurzer Zeit\. Bitte warten Sie /);
  if (language === "de_DE") expect(status.textContent).toContain("90 Sekunden");
});
