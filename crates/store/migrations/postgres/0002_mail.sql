-- What mails carry, and the mails that wait to be sent. Moments are microseconds since 1970.

CREATE TABLE mail_tokens (
    id         UUID PRIMARY KEY,
    purpose    TEXT NOT NULL,
    account_id UUID REFERENCES accounts (id) ON DELETE CASCADE, -- null: a sign-up, or an address that nobody has
    user_id    UUID REFERENCES users (id) ON DELETE CASCADE,
    email      TEXT NOT NULL,
    email_key  TEXT COLLATE "C" NOT NULL,
    link       BYTEA NOT NULL UNIQUE CHECK (octet_length(link) = 32), -- SHA-256 of the link's secret
    code       BYTEA NOT NULL CHECK (octet_length(code) = 32),        -- keyed hash: eight digits are found by trying
    browser    BYTEA,
    details    BYTEA, -- sealed
    tries      BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL,
    used_at    BIGINT
);

CREATE INDEX mail_tokens_by_address ON mail_tokens (email_key, purpose);
CREATE INDEX mail_tokens_by_account ON mail_tokens (account_id);
CREATE INDEX mail_tokens_by_user ON mail_tokens (user_id);
CREATE INDEX mail_tokens_by_end ON mail_tokens (ends_at);

-- No reference to the account: a mail about its end outlives it. Whoever reads this without the master key learns that there
-- was a mail, and not what it said.
CREATE TABLE outbox (
    id         UUID PRIMARY KEY,
    account_id UUID,
    kind       TEXT NOT NULL,
    state      TEXT NOT NULL,
    sealed     BYTEA,
    written_at BIGINT NOT NULL,
    attempts   BIGINT NOT NULL,
    due_at     BIGINT, -- null exactly if it does not wait
    done_at    BIGINT,
    last_error TEXT,
    CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
    CHECK ((state = 'waiting') = (done_at IS NULL))
);

CREATE INDEX outbox_by_due ON outbox (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_by_done ON outbox (done_at) WHERE done_at IS NOT NULL;
