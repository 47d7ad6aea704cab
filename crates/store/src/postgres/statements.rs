//! The few shapes in which statements are run: one exchange each, parameters always bound (SECURITY AZ10), and never
//! prepared under a name, because a transaction pooler would run them on another server connection.

use tokio_postgres::{Client, Row, types::ToSql, types::Type};

use super::{failure::Failure, value::Value};

fn typed<'a>(params: &'a [Value<'a>]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    params.iter().map(|value| (value as &(dyn ToSql + Sync), value.kind())).collect()
}

/// Runs a statement that changes rows; answers how many.
pub(super) async fn run(client: &Client, sql: &str, params: &[Value<'_>]) -> Result<u64, Failure> {
    Ok(client.execute_typed(sql, &typed(params)).await?)
}

/// Every row as it came.
pub(super) async fn rows(client: &Client, sql: &str, params: &[Value<'_>]) -> Result<Vec<Row>, Failure> {
    Ok(client.query_typed(sql, &typed(params)).await?)
}

/// Whether there is a row.
pub(super) async fn exists(client: &Client, sql: &str, params: &[Value<'_>]) -> Result<bool, Failure> {
    Ok(!rows(client, sql, params).await?.is_empty())
}

/// The first row, read by `read`.
pub(super) async fn first<T>(
    client: &Client,
    sql: &str,
    params: &[Value<'_>],
    read: impl FnOnce(&Row) -> Result<T, Failure>,
) -> Result<Option<T>, Failure> {
    rows(client, sql, params).await?.first().map(read).transpose()
}

/// Every row, read by `read`.
pub(super) async fn all<T>(
    client: &Client,
    sql: &str,
    params: &[Value<'_>],
    read: impl FnMut(&Row) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    rows(client, sql, params).await?.iter().map(read).collect()
}
