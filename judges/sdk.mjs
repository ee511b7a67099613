// StackOne's own SDK against the sandbox: every call it has for sessions and accounts, each answer
// validated by the SDK's own schemas. Usage: node sdk.mjs ADDRESS [--as-it-is]
//
// --as-it-is: the sandbox answers `organization_id` as a text, as StackOne does today and as this
// SDK's schemas refuse, which shows that they do judge.
import { StackOne } from "@stackone/stackone-client-ts";
import * as errors from "@stackone/stackone-client-ts/sdk/models/errors/index.js";

const [address, mode] = process.argv.slice(2);
const owner = { originOwnerId: "judged", originOwnerName: "Judged Inc" };
let calls = 0;
let invalid = 0;

function stackOne(username) {
  return new StackOne({ serverURL: address, security: { username, password: "" } });
}
const sdk = stackOne("sandbox-key");

function say(mark, what, seen) {
  console.log(`  ${mark.padEnd(7)} ${what.padEnd(46)} ${seen}`);
}

function fail(what, why) {
  say("FAILED", what, why);
  process.exitCode = 1;
}

// Makes one call. `expected` looks at the answer and returns what to print, or throws.
async function call(what, make, expected) {
  calls += 1;
  const start = Date.now();
  try {
    const seen = expected(await make());
    say("ok", what, `${seen} (${Date.now() - start} ms)`);
  } catch (error) {
    if (error instanceof errors.ResponseValidationError) {
      invalid += 1;
      fail(what, `its schemas refuse the answer: ${error.pretty?.() ?? error.message}`);
    } else fail(what, `${error.name}: ${error.message}`);
  }
}

// Makes one call that is to be refused with this status, in a body that fits the SDK's schema.
async function refused(what, status, make) {
  calls += 1;
  try {
    await make();
    fail(what, `was not refused with ${status}`);
  } catch (error) {
    const typed = error instanceof errors.StackOneError && error.constructor !== errors.SDKError;
    const fits = typed && !(error instanceof errors.ResponseValidationError);
    if (!fits) invalid += 1;
    if (fits && error.statusCode === status) say("ok", what, `${error.name}: ${error.message}`);
    else fail(what, `${error.name} ${error.statusCode}: ${error.message}`);
  }
}

function same(seen, wanted, name) {
  if (seen !== wanted) throw new Error(`${name} is ${seen}, not ${wanted}`);
}

// What a person does in the hub; the SDK has no call for it.
async function connect(token) {
  const answer = await fetch(`${address}/hub/accounts`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-hub-session-token": token },
    body: JSON.stringify({
      integration_id: "sandbox-bamboohr",
      credentials: { subdomain: "judged", api_key: "a-secret-that-is-judged" },
    }),
  });
  if (!answer.ok) throw new Error(`the hub was answered ${answer.status}`);
  return (await answer.json()).id;
}

async function everything() {
  let token;
  let account;
  await call(
    "connectSessions.createConnectSession",
    () =>
      sdk.connectSessions.createConnectSession({
        ...owner,
        originUsername: "jo@judged.example",
        categories: ["hris"],
        label: "Europe",
        metadata: { tier: "gold" },
      }),
    ({ statusCode, connectSessionTokenAuthLink: session }) => {
      same(statusCode, 201, "the status");
      same(session.originOwnerId, owner.originOwnerId, "the owner");
      token = session.token;
      return `session ${session.id}`;
    },
  );
  await call(
    "connectSessions.authenticateConnectSession",
    () => sdk.connectSessions.authenticateConnectSession({ token }),
    ({ connectSession: session }) => {
      same(session.label, "Europe", "the label");
      return `organization ${session.organizationId}, created ${session.createdAt.toISOString()}`;
    },
  );
  account = await connect(token);
  await call(
    "accounts.listLinkedAccounts",
    () => sdk.accounts.listLinkedAccounts({ originOwnerId: owner.originOwnerId }),
    ({ classes: listed }) => {
      same(listed.map(({ id }) => id).join(), account, "what is listed");
      return `1 account, ${listed[0].provider}`;
    },
  );
  await call(
    "accounts.listLinkedAccounts (lists as filters)",
    () =>
      sdk.accounts.listLinkedAccounts({
        accountIds: [account, "another"],
        providers: ["bamboohr", "gusto"],
        originOwnerIds: [owner.originOwnerId],
        status: ["active", "error"],
        page: 1,
        pageSize: 5,
      }),
    ({ classes: listed }) => {
      same(listed.length, 1, "the number of accounts");
      return "1 account";
    },
  );
  await call(
    "accounts.listLinkedAccounts (of nobody)",
    () => sdk.accounts.listLinkedAccounts({ originOwnerId: "nobody" }),
    ({ classes: listed }) => {
      same(listed.length, 0, "the number of accounts");
      return "none";
    },
  );
  await call(
    "accounts.getAccount",
    () => sdk.accounts.getAccount({ id: account }),
    ({ linkedAccount: read }) => {
      same(read.status, "active", "the status");
      return `${read.providerName}, ${read.status}`;
    },
  );
  await call(
    "accounts.updateAccount",
    () =>
      sdk.accounts.updateAccount({
        id: account,
        patchAccountExternalDto: {
          originOwnerName: "Judged Ltd",
          label: {},
          setupInformation: { subdomain: "patched" },
        },
      }),
    ({ linkedAccount: patched }) => {
      same(patched.originOwnerName, "Judged Ltd", "the owner's name");
      same(patched.label, "Europe", "the label");
      return `owner ${patched.originOwnerName}`;
    },
  );
  await call(
    "connectSessions.createConnectSession (of it)",
    () => sdk.connectSessions.createConnectSession({ ...owner, accountId: account }),
    ({ connectSessionTokenAuthLink: session }) => {
      same(session.accountId, account, "the account");
      return `session ${session.id}`;
    },
  );
  await call(
    "accounts.deleteAccount",
    () => sdk.accounts.deleteAccount({ id: account }),
    ({ statusCode, linkedAccount: deleted }) => {
      same(statusCode, 200, "the status");
      same(deleted.id, account, "the account");
      return "200 with the account";
    },
  );
  await refused("accounts.getAccount (deleted)", 404, () => sdk.accounts.getAccount({ id: account }));
  await refused("accounts.getAccount (with a wrong key)", 401, () =>
    stackOne("another-key").accounts.getAccount({ id: account }),
  );
  await refused("connectSessions.createConnectSession (bad)", 400, () =>
    sdk.connectSessions.createConnectSession({ ...owner, provider: "unheard-of" }),
  );
}

async function asItIs() {
  calls += 1;
  try {
    await sdk.connectSessions.createConnectSession(owner);
    fail("a text as organization_id", "the SDK's schemas did not refuse it: do they judge at all?");
  } catch (error) {
    if (!(error instanceof errors.ResponseValidationError)) throw error;
    say("ok", "a text as organization_id", "refused by the SDK's schemas: they do judge");
  }
}

await (mode === "--as-it-is" ? asItIs() : everything());
if (mode !== "--as-it-is") console.log(`  ${calls} calls, ${invalid} validation errors`);
