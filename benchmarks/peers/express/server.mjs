// The same issue with Express, StackOne's own SDK and pg: the session and the user are read, the
// owner with the accounts in one statement, the session is recorded before StackOne is asked and
// updated afterwards. Usage: node server.mjs PORT, with DATABASE_URL and BENCH_STACKONE.
import { randomUUID } from "node:crypto";
import { inflateSync } from "node:zlib";
import { StackOne } from "@stackone/stackone-client-ts";
import express from "express";
import pg from "pg";

const LIFETIME = 1800;
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const sdk = new StackOne({
  serverURL: process.env.BENCH_STACKONE,
  security: { username: "sandbox-key", password: "" },
});

// The columns that this server gives a value; the others get an empty one, as Django does.
const GIVEN = [
  ...["id", "owner_id", "status", "path", "provider", "sent"],
  ...["requested_by_id", "requested_by_name", "created_at"],
];
const EMPTY = { uuid: null, jsonb: "{}", integer: 0, bigint: 0, boolean: false };
const { rows: columns } = await pool.query(
  `SELECT column_name AS name, data_type AS type FROM information_schema.columns
   WHERE table_name = 'stackone_connect_connectsession' AND table_schema = current_schema()
   AND is_nullable = 'NO' AND column_default IS NULL`,
);
const others = columns.filter(({ name }) => !GIVEN.includes(name));
const names = [...GIVEN, ...others.map(({ name }) => name)];
const empty = others.map(({ type }) => EMPTY[type] ?? "");
const INSERT = `INSERT INTO stackone_connect_connectsession (${names.join(", ")})
  VALUES (${names.map((_, index) => `$${index + 1}`).join(", ")})`;

// What Django keeps of a session: base64 of JSON, which may be compressed, and a signature.
function sessionData(text) {
  const [data] = text.split(":");
  const isPacked = data.startsWith(".");
  const bytes = Buffer.from(isPacked ? data.slice(1) : data, "base64url");
  return JSON.parse(isPacked ? inflateSync(bytes) : bytes);
}

async function signedIn(request, response, next) {
  const key = /(?:^|; )sessionid=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
  const { rows: sessions } = await pool.query(
    `SELECT session_key, session_data, expire_date FROM django_session
     WHERE session_key = $1 AND expire_date > now()`,
    [key],
  );
  if (!sessions.length) return response.status(403).json({ code: "not_authenticated" });
  const { rows: users } = await pool.query(
    `SELECT id, username, email, is_active, organization_id FROM accounts_user WHERE id = $1`,
    [sessionData(sessions[0].session_data)._auth_user_id],
  );
  if (!users[0]?.is_active) return response.status(403).json({ code: "not_authenticated" });
  request.user = users[0];
  return next();
}

async function issue({ user, body: { provider } }, response) {
  const started = performance.now();
  if (typeof provider !== "string" || !/^[\w.~:@=+-]{1,255}$/.test(provider))
    return response.status(400).json({ code: "invalid_request" });
  const { rows } = await pool.query(
    `SELECT owner.id, owner.origin_owner_id, owner.origin_owner_name, account.provider,
       account.origin_owner_name AS account_owner_name, account.categories
     FROM stackone_connect_originowner owner LEFT JOIN stackone_connect_linkedaccount account
       ON account.owner_id = owner.id AND account.disconnected_at IS NULL
       AND account.provider = $2
     WHERE owner.organization_id = $1`,
    [user.organization_id, provider],
  );
  const [owner] = rows;
  const path = owner.provider ? "update" : "create";
  const asked = {
    provider,
    originOwnerId: owner.origin_owner_id,
    originOwnerName: owner.origin_owner_name,
    originUsername: user.username,
    expiresIn: LIFETIME,
    type: "production",
  };
  const id = randomUUID();
  const createdAt = new Date();
  const given = [
    ...[id, owner.id, "pending", path, provider, asked, `${user.id}`, user.username, createdAt],
  ];
  await pool.query(INSERT, [...given, ...empty]);
  const { connectSessionTokenAuthLink: granted } =
    await sdk.connectSessions.createConnectSession(asked);
  const expiresAt = new Date(createdAt.getTime() + LIFETIME * 1000);
  await pool.query(
    `UPDATE stackone_connect_connectsession SET status = $2, stackone_id = $3,
       stackone_created_at = $4, stackone_expires_at = $5, expires_at = $5, duration_ms = $6
     WHERE id = $1`,
    [
      ...[id, "issued", `${granted.id}`, granted.createdAt, expiresAt],
      Math.round(performance.now() - started),
    ],
  );
  return response.status(201).json({
    id,
    token: granted.token,
    expires_at: expiresAt,
    status: "issued",
    path,
    provider,
    requested_by: user.username,
    created_at: createdAt,
  });
}

const app = express();
app.use(express.json());
app.post("/connect-sessions/", signedIn, issue);
app.listen(Number(process.argv[2]), "127.0.0.1");
