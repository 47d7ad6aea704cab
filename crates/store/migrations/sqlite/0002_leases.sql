-- Which node does a kind of background work, and until when, in microseconds since 1970. One row for each kind.
CREATE TABLE leases (
    work   TEXT PRIMARY KEY, -- the stable name of the model
    holder BLOB NOT NULL CHECK (length(holder) = 16),
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
