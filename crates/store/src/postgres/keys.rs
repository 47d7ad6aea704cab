//! The port `Keys` on PostgreSQL.

use async_trait::async_trait;
use gatewright_core::port::{Keys, StoreError, StoredKey, StoredKeys};
use tokio_postgres::Client;

use super::{
    PgStore,
    failure::Failure,
    rows::{Cell, Columns, Cursor},
    statements,
    step::{Outcome, in_step},
    value::Value,
};

#[async_trait]
impl Keys for PgStore {
    async fn keys(&self) -> Result<StoredKeys, StoreError> {
        let lent = self.lend().await?;
        Ok(lent.bounded(read(&lent)).await?)
    }

    async fn replace(&self, seen: i64, keys: Vec<StoredKey>) -> Result<bool, StoreError> {
        Ok(in_step!(self, step => replace(&step, seen, &keys)))
    }
}

/// One statement, so one consistent reading: version and keys belong together.
async fn read(client: &Client) -> Result<StoredKeys, Failure> {
    let sql = "SELECT m.keys_version, k.kid, k.state, k.created_at, k.published_at, k.signing_since, k.retiring_since,
                      k.sealed
               FROM meta m LEFT JOIN signing_keys k ON true ORDER BY k.position";
    let rows = statements::rows(client, sql, &[]).await?;
    let version = match rows.first() {
        Some(row) => Cursor::new(row, "meta", 0).number()?,
        None => 0,
    };
    // Without a key there is one row with a version alone.
    let keys = rows.iter().filter(|row| row.text(1) != Cell::Null).map(|row| {
        let mut cursor = Cursor::new(row, "signing_keys", 1);
        Ok(StoredKey {
            kid: cursor.text()?,
            state: cursor.text()?,
            created_at: cursor.number()?,
            published_at: cursor.optional_number()?,
            signing_since: cursor.optional_number()?,
            retiring_since: cursor.optional_number()?,
            sealed: cursor.blob()?,
        })
    });
    Ok(StoredKeys { version, keys: keys.collect::<Result<_, Failure>>()? })
}

async fn replace(client: &Client, seen: i64, keys: &[StoredKey]) -> Result<Outcome<bool>, Failure> {
    // Locks the row: whoever saw the same version waits here, and then finds another one.
    let sql = "UPDATE meta SET keys_version = keys_version + 1 WHERE keys_version = $1";
    if statements::run(client, sql, &[seen.into()]).await? == 0 {
        return Ok(Outcome::Undo(false));
    }
    statements::run(client, "DELETE FROM signing_keys", &[]).await?;
    let sql = "INSERT INTO signing_keys (kid, position, state, created_at, published_at, signing_since, retiring_since,
                                         sealed)
               SELECT kid, position, state, created_at, published_at, signing_since, retiring_since, sealed
               FROM unnest($1::text[], $2::text[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::bytea[])
                    WITH ORDINALITY
                    AS key (kid, state, created_at, published_at, signing_since, retiring_since, sealed, position)";
    let texts = |of: fn(&StoredKey) -> &str| keys.iter().map(|key| Some(of(key))).collect::<Vec<_>>();
    let numbers = |of: fn(&StoredKey) -> Option<i64>| keys.iter().map(of).collect::<Vec<_>>();
    let (kids, states) = (texts(|key| &key.kid), texts(|key| &key.state));
    let (created, published) = (numbers(|key| Some(key.created_at)), numbers(|key| key.published_at));
    let (signing, retiring) = (numbers(|key| key.signing_since), numbers(|key| key.retiring_since));
    let sealed: Vec<_> = keys.iter().map(|key| Some(key.sealed.as_slice())).collect();
    let params = [
        Value::Texts(&kids),
        Value::Texts(&states),
        Value::Numbers(&created),
        Value::Numbers(&published),
        Value::Numbers(&signing),
        Value::Numbers(&retiring),
        Value::ManyBytes(&sealed),
    ];
    statements::run(client, sql, &params).await?;
    Ok(Outcome::Keep(true))
}
