-- Rows as a few years would leave them, for as many accounts as the table `wanted` says: ids are UUIDv7, e-mail addresses,
-- names and sessions are in another order than accounts, and every column that may be empty sometimes is.
CREATE TEMP TABLE numbers AS
WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < (SELECT n FROM wanted))
SELECT
    i,
    i * 2654435761 & 4294967295 AS mixed,
    unhex(printf('%012x70008%015x', 1600000000000 + i, i * 2654435761 & 4294967295)) AS account_id,
    unhex(printf('%012x70018%015x', 1600000000000 + i, i * 2654435761 & 4294967295)) AS user_id,
    unhex(printf('%012x70028%015x', 1700000000000 + (i * 2654435761 & 4294967295), i)) AS session_id
FROM numbers;

INSERT INTO accounts (id, email, email_key, email_verified_at, epoch, disabled_at, created_at)
SELECT
    account_id, printf('Grace.%08x@example.test', mixed), printf('grace.%08x@example.test', mixed),
    iif(i % 3 = 0, 1600000000000000 + i, NULL), i % 5, iif(i % 97 = 0, 1600000000000001, NULL), 1600000000000000 + i
FROM numbers;

INSERT INTO passwords (account_id, phc)
SELECT
    account_id, printf('$argon2id$v=19$m=19456,t=2,p=1$%s$%s', substr(hex(account_id), 11), hex(user_id) || hex(session_id))
FROM numbers;

INSERT INTO users (
    id, account_id, username, skeleton, rank, roles, display_name, avatar_url, locale, metadata, app_metadata, epoch,
    disabled_at, lock, created_at
)
SELECT
    user_id, account_id, printf('grace-%08x', mixed), printf('grace-%08x', mixed), 'owner', iif(i % 50 = 0, 'admin,editor', ''),
    iif(i % 4 = 0, NULL, 'Grače Ὑπατία 海 👩🏽‍🚀 ' || i), iif(i % 5 = 0, 'https://example.test/a.png', NULL),
    iif(i % 6 = 0, 'de-AT', NULL), '{"colour":["blue",1.5,null],"tab":"\t\u0000"}', '{}', i % 3,
    iif(i % 89 = 0, 1600000000000002, NULL), iif(i % 10 = 0, 'pin', 'open'), 1600000000000000 + i
FROM numbers;

INSERT INTO pins (user_id, phc)
SELECT user_id, '$argon2id$v=19$m=19456,t=2,p=1$' || hex(user_id) || '$' || hex(session_id) FROM numbers WHERE i % 10 = 0;

INSERT INTO sessions (
    id, account_id, user_id, transport, label, created_at, absolute_end, idle_end, auth_time, amr, ended_at, end_reason,
    account_epoch, user_epoch, salt, generation, current, previous, next, current_key, next_key, rotated_at, redelivered_at,
    redeliveries, retry_key, last_ip, last_user_agent
)
SELECT
    session_id, account_id, user_id, iif(i % 2 = 0, 'body', 'hybrid'), iif(i % 7 = 0, 'Täblet „Küche“', NULL),
    1600000000000000 + i, 1900000000000000 + i, 1800000000000000 + i, 1600000000000000 + i, 'pwd',
    iif(i % 11 = 0, 1700000000000000, NULL), iif(i % 11 = 0, 'logout', NULL), i % 5, i % 3,
    unhex(printf('%032x', mixed)), i % 40, unhex(printf('%064x', mixed)), iif(i % 8 = 0, NULL, unhex(printf('%064x', i))),
    unhex(printf('%064x', mixed + i)), 1, 1, 1700000000000000 + i, iif(i % 9 = 0, 1700000000000000, NULL), i % 3,
    iif(i % 9 = 0, unhex(printf('%064x', i + 7)), NULL),
    CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN unhex('7f000001') ELSE unhex('20010db8000000000000000000000001') END,
    iif(i % 13 = 0, NULL, 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0')
FROM numbers;

INSERT INTO spent_selections (token, ends_at)
SELECT unhex(printf('%032x', mixed)), 1700000000000000 + i FROM numbers WHERE i % 100 = 0;

-- Their digests are no real ones.
INSERT INTO activity (
    account_id, id, at, user_id, session_id, act, reason, ip, user_agent, actor, actor_id, detail, salt, commitment, seq, digest
)
SELECT account_id, unhex(printf('%012x70038%015x', 1600000000000 + i, i)), 1600000000000000 + i, user_id, NULL, 'signed_up', NULL,
    unhex('7f000001'), NULL, iif(i % 10 = 0, 'admin', 'account'), iif(i % 10 = 0, user_id, NULL), '{}',
    iif(i % 3 = 0, NULL, unhex(printf('%032x', mixed))), unhex(printf('%064x', mixed)), i, unhex(printf('%064x', mixed + i))
FROM numbers
UNION ALL
SELECT account_id, session_id, 1700000000000000 + i, user_id, session_id, iif(i % 11 = 0, 'logged_out', 'logged_in'),
    iif(i % 11 = 0, 'logout', NULL), NULL, 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'account',
    NULL, iif(i % 7 = 0, '{"name":"Grače Ὑπατία 海"}', '{}'), unhex(printf('%032x', mixed)), unhex(printf('%064x', mixed)),
    (SELECT n FROM wanted) + i, unhex(printf('%064x', mixed + i))
FROM numbers
UNION ALL
-- Of an account that is gone; it has no place yet.
SELECT unhex('00000000000070008000000000000000'), unhex('00000000000070008000000000000001'), 1, NULL, NULL, 'account_deleted', NULL,
    NULL, NULL, 'operator', NULL, '{}', NULL, NULL, NULL, NULL;

UPDATE activity_chain SET (head_seq, head_digest) = (SELECT seq, digest FROM activity ORDER BY seq DESC LIMIT 1);

INSERT INTO activity_checkpoints (head_seq, at, head_digest, begin_seq, begin_digest, personal_since, signed)
SELECT i, 1700000000000000 + i, unhex(printf('%064x', mixed)), 0, zeroblob(32), i, 'eyJ.' || hex(account_id) || '.a-_b'
FROM numbers WHERE i <= 1000;

INSERT INTO activity_counts (hour, what, count)
SELECT 1699999200000000 + i / 100 * 3600000000, iif(i % 100 = 0, 'logged_in', 'refreshed'), i FROM numbers WHERE i % 50 = 0;

INSERT INTO limits (key, count, at, fades_at)
SELECT unhex(printf('%032x', mixed)), i % 9, 1700000000000000 + i, 1700000000000000 + 2 * i FROM numbers WHERE i % 100 = 0;

INSERT INTO mail_tokens (
    id, purpose, account_id, user_id, email, email_key, link, code, browser, details, tries, created_at, ends_at, used_at
)
SELECT
    unhex(printf('%032x', mixed)), iif(i % 200 = 0, 'sign_up', 'reset_password'), iif(i % 200 = 0, NULL, account_id),
    iif(i % 300 = 0, user_id, NULL), 'Ada' || i || '@example.test', 'ada' || i || '@example.test',
    unhex(printf('%064x', mixed)), unhex(printf('%064x', mixed + i)), iif(i % 400 = 0, unhex(printf('%064x', i)), NULL),
    iif(i % 200 = 0, zeroblob(300), NULL), i % 6, 1700000000000000 + i, 1700000900000000 + i,
    iif(i % 700 = 0, 1700000000000007 + i, NULL)
FROM numbers WHERE i % 100 = 0;

INSERT INTO outbox (id, account_id, kind, state, sealed, written_at, attempts, due_at, done_at, last_error)
SELECT
    unhex(printf('%032x', mixed)), iif(i % 300 = 0, NULL, account_id), 'new_device', iif(i % 200 = 0, 'waiting', 'given_up'),
    iif(i % 200 = 0, unhex(printf('%064x', mixed)), NULL), 1700000000000000 + i, i % 9,
    iif(i % 200 = 0, 1700000000000000 + i, NULL), iif(i % 200 = 0, NULL, 1700000000000000 + i),
    iif(i % 200 = 0, NULL, '550 „kein Postfach“')
FROM numbers WHERE i % 100 = 0;

INSERT INTO roles (name, permissions, changed_at)
VALUES ('editor', 'pages:read,pages:write', 1), ('a.role-with:all_signs', '', 2);

INSERT INTO service_keys (id, name, permissions, hash, created_at, ends_at, used_at)
SELECT
    unhex(printf('%032x', mixed)), 'Prüfung ' || i, iif(i % 2 = 0, 'tokens:introspect,users:read', ''),
    unhex(printf('%064x', mixed)), 1700000000000000 + i, iif(i % 2 = 0, NULL, 1800000000000000), iif(i % 3 = 0, NULL, 1)
FROM numbers WHERE i <= 7;

INSERT INTO bootstrap (one, hash, ends_at) VALUES (1, unhex(printf('%064x', 77)), 1700000000000000);

INSERT INTO rules (
    id, name, url, moments, acts, timeout, on_failure, namespace, secret, previous_secret, state, created_at, version
)
SELECT
    unhex(printf('%032x', mixed)), 'Regel ' || i, 'https://example.test/' || i, iif(i % 2 = 0, 'after', 'after,before_token'),
    iif(i % 2 = 0, 'logged_in,logged_out', ''), 2000000, iif(i % 2 = 0, 'open', 'closed'),
    iif(i % 2 = 0, NULL, 'https://example.test/claims/'), unhex(printf('%064x', mixed)),
    iif(i % 3 = 0, unhex(printf('%064x', i)), NULL), iif(i % 5 = 0, 'gone', 'enabled'), 1700000000000000 + i, i
FROM numbers WHERE i <= 9;

INSERT INTO listeners (listener, told_to)
SELECT iif(i = 1, 'embedded:crm-sync', printf('%08x-0000-7000-8000-%012x', mixed, i)), i FROM numbers WHERE i <= 9;

INSERT INTO deliveries (
    id, listener, activity_id, seq, act, account_id, state, created_at, attempts, due_at, done_at, last_status, last_error
)
SELECT
    unhex(printf('%032x', mixed)), iif(i % 2 = 0, 'embedded:crm-sync', printf('%08x-0000-7000-8000-%012x', mixed, i)),
    session_id, i, 'logged_in', iif(i % 300 = 0, NULL, account_id), iif(i % 200 = 0, 'waiting', 'given_up'),
    1700000000000000 + i, i % 9, iif(i % 200 = 0, 1700000000000000 + i, NULL), iif(i % 200 = 0, NULL, 1700000000000000 + i),
    iif(i % 300 = 0, NULL, 500 + i % 9), iif(i % 200 = 0, NULL, 'the answer was no „ja“')
FROM numbers WHERE i % 100 = 0;

INSERT INTO signing_keys (kid, position, state, created_at, published_at, signing_since, retiring_since, sealed)
VALUES
    ('Zr8', 1, 'retiring', 1, 2, 3, 4, zeroblob(200)), ('a-b', 2, 'signing', 1, 2, 3, NULL, unhex('00ff')),
    ('_Q0', 3, 'next', 1, NULL, NULL, NULL, zeroblob(138));

UPDATE meta SET clock_high = 1700000000000000, store_promoted_at = 1650000000000000, keys_version = 7;
DROP TABLE numbers;
DROP TABLE wanted;
