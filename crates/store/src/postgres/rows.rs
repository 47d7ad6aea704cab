//! Rows of PostgreSQL, for what reads rows of any database.

use tokio_postgres::{Row, types::Type};

use super::{failure::Failure, value::Raw};
pub(super) use crate::rows::*;

impl Columns for Row {
    type Failure = Failure;

    fn bytes(&self, column: usize) -> Cell<&[u8]> {
        cell(self.try_get(column), |Raw(bytes)| Some(bytes))
    }

    fn number(&self, column: usize) -> Cell<i64> {
        cell(self.try_get(column), Some)
    }

    fn text(&self, column: usize) -> Cell<&str> {
        let is_text = self.columns().get(column).is_some_and(|column| *column.type_() == Type::TEXT);
        if is_text { cell(self.try_get(column), |Raw(bytes)| std::str::from_utf8(bytes).ok()) } else { Cell::Wrong }
    }
}

fn cell<V, T>(value: Result<Option<V>, tokio_postgres::Error>, convert: impl FnOnce(V) -> Option<T>) -> Cell<T> {
    match value {
        Ok(Some(value)) => convert(value).map_or(Cell::Wrong, Cell::Value),
        Ok(None) => Cell::Null,
        Err(_) => Cell::Wrong,
    }
}
