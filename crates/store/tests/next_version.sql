-- What a next version could bring, for the test of upgrades: it widens, so that programs that do not know it go on.
ALTER TABLE sessions ADD COLUMN of_the_next_version BIGINT;
CREATE TABLE of_the_next_version (id UUID PRIMARY KEY, session_id UUID REFERENCES sessions (id) ON DELETE CASCADE);
