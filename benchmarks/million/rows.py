"""Rows of a year, made by the database: as many sessions, accounts and events as are asked for.

One organization is large (a share of the sessions and the accounts); each of the others has about
60 sessions and 65 accounts, whatever the number of rows is: more rows are more organizations. The
ordinary one that is measured has some 240 more sessions, so that its pages are as full as those of
the large one: what is compared is how rows are found, not how many are written out.
Nothing is open or due, so that each command finds nothing to do.
"""

from __future__ import annotations

import time

from django.db.backends.base.base import BaseDatabaseWrapper

#: The keys of the two organizations that are measured, and of their owners.
LARGE, NORMAL = 1, 2
#: One session in so many, and one account in so many, is the large organization's.
_LARGE_SESSIONS, _LARGE_ACCOUNTS = 11, 500
_SESSIONS_EACH = 60
#: Organizations that have nothing, so that over few rows, too, there are pages of them.
_SILENT = 1_000
#: How many rows are of a rare kind at the least, so that over few rows, too, there is a page of it.
_RARE = 60

_STATEMENTS = (
    """
    INSERT INTO accounts_organization (id, name)
    SELECT n, 'Organization ' || lpad(n::text, 6, '0')
    FROM generate_series(1, %(normal)s + 1 + %(silent)s) n
    """,
    """
    INSERT INTO stackone_connect_originowner
        (id, organization_id, project, origin_owner_id, origin_owner_name,
         accounts_read_at, pinned_at, touched_at)
    SELECT n, n, 'default', n::text, 'Organization ' || lpad(n::text, 6, '0'),
        now() - interval '365 days', now() - interval '365 days', now() - interval '1 day'
    FROM generate_series(1, %(normal)s + 1 + %(silent)s) n
    """,
    """
    INSERT INTO stackone_connect_linkedaccount
        (owner_id, account_id, provider, provider_name, type, status, status_reasons,
         origin_owner_name, origin_username, label, categories, stackone_created_at,
         stackone_updated_at, fetched_at, created_at, disconnected_at)
    SELECT owner, account, provider, provider, 'production',
        CASE WHEN chance < 0.01 OR rare THEN 'error' ELSE 'active' END, '[]',
        'Organization ' || lpad(owner::text, 6, '0'),
        'member' || owner || '@example.com', 'Label ' || n, '["hris"]', at, at, at, at,
        CASE WHEN chance > 0.9 THEN at + interval '1 hour' END
    FROM (
        SELECT n, random() AS chance, n %% %(rare)s = 0 AS rare,
            CASE WHEN n %% %(large_accounts)s = 0 THEN 1 ELSE 2 + n %% %(normal)s END AS owner,
            CASE WHEN n %% %(large_accounts)s = 0 THEN 'large-' || n / %(large_accounts)s
                ELSE 'account-' || n END AS account,
            (ARRAY['bamboohr', 'personio', 'greenhouse', 'lever'])[1 + n / 7 %% 4] AS provider,
            now() - interval '2 days' - interval '360 days' * (1 - n::float / %(count)s) AS at
        FROM generate_series(1, %(count)s) n
    ) made
    ORDER BY n
    """,
    """
    INSERT INTO stackone_connect_connectsession
        (id, owner_id, status, path, outcome, provider, requested_account_id, account_id, sent,
         requested_by_id, requested_by_name, stackone_id, stackone_created_at,
         stackone_expires_at, expires_at, attempt_status, attempt_code, attempt_account_id,
         attempt_at, claimed_account_id, claimed_at, completed_at, notified_at, error_code,
         duration_ms, created_at)
    SELECT gen_random_uuid(), owner, status, 'create',
        CASE WHEN status = 'completed' THEN (ARRAY['create', 'update'])[1 + n %% 2] ELSE '' END,
        provider, '', CASE WHEN status = 'completed' THEN account ELSE '' END,
        '{"provider": "bamboohr", "expires_in": 1800}', owner::text,
        'member' || owner || '@example.com',
        CASE WHEN status = 'failed' THEN '' ELSE n::text END,
        CASE WHEN status = 'failed' THEN NULL ELSE at END,
        CASE WHEN status = 'failed' THEN NULL ELSE at + interval '30 minutes' END,
        CASE WHEN status = 'failed' THEN NULL ELSE at + interval '30 minutes' END,
        CASE WHEN status = 'completed' AND half THEN 'authenticated' ELSE '' END, '',
        CASE WHEN status = 'completed' AND half THEN account ELSE '' END,
        CASE WHEN status = 'completed' AND half THEN at + interval '5 minutes' END,
        CASE WHEN status = 'completed' AND NOT half THEN account ELSE '' END,
        CASE WHEN status = 'completed' AND NOT half THEN at + interval '5 minutes' END,
        CASE WHEN status = 'completed' THEN at + interval '5 minutes' END,
        CASE WHEN status = 'completed' THEN at + interval '5 minutes' END,
        CASE WHEN status = 'failed' THEN 'stackone_unavailable' ELSE '' END,
        200, at
    FROM (
        SELECT n, owner, provider, at, half, rare,
            CASE WHEN rare OR chance > 0.97 THEN 'failed' WHEN chance < 0.6 THEN 'completed'
                ELSE 'issued' END AS status,
            CASE WHEN owner = 1 THEN 'large-' || 1 + n %% greatest(%(count)s / 500, 1)
                ELSE 'account-' || owner - 2 + %(normal)s * (1 + n %% 64) END AS account
        FROM (
            SELECT n, random() AS chance, random() < 0.5 AS half, n %% %(rare)s = 0 AS rare,
                CASE WHEN n %% %(large_sessions)s = 0 THEN 1
                    WHEN n %% (%(count)s / 240) = 1 THEN 2
                    ELSE 2 + n %% %(normal)s END AS owner,
                (ARRAY['bamboohr', 'personio', 'greenhouse', 'lever'])[1 + n / 7 %% 4] AS provider,
                now() - interval '2 days' - interval '360 days' * (1 - n::float / %(count)s) AS at
            FROM generate_series(1, %(count)s) n
        ) numbered
    ) made
    ORDER BY n
    """,
    """
    INSERT INTO stackone_connect_webhookevent
        (project, event, account_id, origin_owner_id, provider, event_date, digest, received_at,
         state, attempts, next_attempt_at, last_error)
    SELECT 'default', 'account.updated', 'account-' || n,
        CASE WHEN chance < 0.01 OR rare THEN 'elsewhere-' || n
            WHEN n %% %(large_sessions)s = 0 THEN '1' ELSE (2 + n %% %(normal)s)::text END,
        'bamboohr', at, md5(n::text) || md5((-n)::text), at,
        CASE WHEN chance < 0.01 OR rare THEN 'quarantined' WHEN chance < 0.02 THEN 'failed'
            ELSE 'done' END,
        1, at,
        CASE WHEN chance < 0.01 OR rare THEN 'unknown_owner'
            WHEN chance < 0.02 THEN 'account_not_found' ELSE '' END
    FROM (
        SELECT n, random() AS chance, n %% %(rare)s = 0 AS rare,
            now() - interval '2 days' - interval '85 days' * (1 - n::float / %(count)s) AS at
        FROM generate_series(1, %(count)s) n
    ) made
    ORDER BY n
    """,
)
_SEQUENCES = ("accounts_organization", "stackone_connect_originowner")


def fill(connection: BaseDatabaseWrapper, count: int) -> float:
    """Make ``count`` sessions, accounts and events; the seconds that it took."""
    began = time.monotonic()
    numbers = {
        "count": count,
        "normal": max(1, (count - count // _LARGE_SESSIONS) // _SESSIONS_EACH),
        "silent": _SILENT,
        "rare": count // _RARE,
        "large_sessions": _LARGE_SESSIONS,
        "large_accounts": _LARGE_ACCOUNTS,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SELECT setseed(0.5)")
        for statement in _STATEMENTS:
            cursor.execute(statement, numbers)
        for table in _SEQUENCES:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608 - our own names
            )
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SET synchronous_commit = on")
    return time.monotonic() - began
