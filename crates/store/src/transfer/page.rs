//! Rows in memory, the same whatever database they came from. What must stay true: the bytes that are digested say where
//! each value ends and of what kind it is, so that two different rows never look the same; a page is one piece of memory.

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;

use super::tables::{Kind, Table};

/// A value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'p> {
    Null,
    Number(i64),
    /// An id, or other bytes.
    Bytes(&'p [u8]),
    /// Text in UTF-8.
    Text(&'p [u8]),
}

#[derive(Clone, Copy, Debug)]
enum Cell {
    Null,
    Number(i64),
    Bytes { start: usize, end: usize },
    Text { start: usize, end: usize },
}

/// Some rows of one table, in the order of the key.
#[derive(Debug)]
pub(crate) struct Page {
    table: &'static Table,
    cells: Vec<Cell>,
    bytes: Vec<u8>,
}

/// The values of a row's key, each as bytes that sort as the value does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(Vec<Vec<u8>>);

impl Page {
    pub(crate) fn new(table: &'static Table) -> Self {
        Self { table, cells: Vec::new(), bytes: Vec::new() }
    }

    pub(crate) fn push_null(&mut self) {
        self.cells.push(Cell::Null);
    }

    pub(crate) fn push_number(&mut self, number: i64) {
        self.cells.push(Cell::Number(number));
    }

    /// Adds bytes, or text that is known to be UTF-8.
    pub(crate) fn push_bytes(&mut self, kind: Kind, bytes: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        let end = self.bytes.len();
        self.cells.push(if kind == Kind::Text { Cell::Text { start, end } } else { Cell::Bytes { start, end } });
    }

    pub(crate) fn rows(&self) -> usize {
        self.cells.len() / self.table.columns.len()
    }

    pub(crate) fn table(&self) -> &'static Table {
        self.table
    }

    pub(crate) fn value(&self, row: usize, column: usize) -> Value<'_> {
        match self.cells[row * self.table.columns.len() + column] {
            Cell::Null => Value::Null,
            Cell::Number(number) => Value::Number(number),
            Cell::Bytes { start, end } => Value::Bytes(&self.bytes[start..end]),
            Cell::Text { start, end } => Value::Text(&self.bytes[start..end]),
        }
    }

    pub(crate) fn row(&self, row: usize) -> impl Iterator<Item = Value<'_>> {
        (0..self.table.columns.len()).map(move |column| self.value(row, column))
    }

    pub(crate) fn key(&self, row: usize) -> Key {
        let part = |column| match self.value(row, column) {
            Value::Null => Vec::new(),
            Value::Number(number) => number.to_be_bytes().to_vec(),
            Value::Bytes(bytes) | Value::Text(bytes) => bytes.to_vec(),
        };
        Key((0..self.table.key).map(part).collect())
    }

    /// The key of the last row.
    pub(crate) fn last_key(&self) -> Option<Key> {
        self.rows().checked_sub(1).map(|row| self.key(row))
    }

    /// The first row that is not the same on both sides.
    pub(crate) fn difference(&self, other: &Self) -> Option<(Key, Difference)> {
        let rows = self.rows().max(other.rows());
        (0..rows).find_map(|row| match (row < self.rows(), row < other.rows()) {
            (true, true) if self.row(row).eq(other.row(row)) => None,
            (true, true) => {
                let (ours, theirs) = (self.key(row), other.key(row));
                Some(match ours.cmp(&theirs) {
                    std::cmp::Ordering::Less => (ours, Difference::Missing),
                    std::cmp::Ordering::Equal => (ours, Difference::Other),
                    std::cmp::Ordering::Greater => (theirs, Difference::Extra),
                })
            }
            (true, false) => Some((self.key(row), Difference::Missing)),
            (false, _) => Some((other.key(row), Difference::Extra)),
        })
    }
}

/// How a row of the source and of the target differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The target has no such row.
    Missing,
    /// Only the target has it.
    Extra,
    /// Both have it, with other values.
    Other,
}

impl Key {
    /// The values for the columns of the key.
    pub(crate) fn values<'k>(&'k self, table: &'static Table) -> impl Iterator<Item = Value<'k>> {
        self.0.iter().zip(table.columns).map(|(part, kind)| match kind {
            Kind::Id | Kind::Bytes => Value::Bytes(part),
            Kind::Text => Value::Text(part),
            Kind::Number => part.as_slice().try_into().map_or(Value::Null, |be| Value::Number(i64::from_be_bytes(be))),
        })
    }

    /// As it is kept between two runs: each part behind its length.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().fold(Vec::new(), |mut bytes, part| {
            bytes.extend(length(part));
            bytes.extend(part);
            bytes
        })
    }

    pub(crate) fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut parts = Vec::new();
        while let Some((length, rest)) = bytes.split_first_chunk::<8>() {
            let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
            let (part, rest) = rest.split_at_checked(length)?;
            parts.push(part.to_vec());
            bytes = rest;
        }
        bytes.is_empty().then_some(Self(parts))
    }

    /// For people: an id as a UUID, text as it is, other bytes in hexadecimal digits.
    pub(crate) fn shown(&self, table: &'static Table) -> String {
        let part = |(part, kind): (&Vec<u8>, &Kind)| match kind {
            Kind::Id if part.len() == 16 => {
                let hex = HEXLOWER.encode(part);
                [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
            }
            Kind::Text => String::from_utf8_lossy(part).into_owned(),
            Kind::Number | Kind::Bytes | Kind::Id => HEXLOWER.encode(part),
        };
        self.0.iter().zip(table.columns).map(part).collect::<Vec<_>>().join(" ")
    }
}

fn length(bytes: &[u8]) -> [u8; 8] {
    u64::try_from(bytes.len()).expect("no address space is larger").to_be_bytes()
}

/// SHA-256 over the rows of a table.
pub(crate) struct Checksum {
    context: Context,
    buffer: Vec<u8>,
}

impl Checksum {
    pub(crate) fn of(table: &'static Table) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(&length(table.name.as_bytes()));
        context.update(table.name.as_bytes());
        Self { context, buffer: Vec::new() }
    }

    pub(crate) fn add(&mut self, page: &Page) {
        self.buffer.clear();
        for row in 0..page.rows() {
            for value in page.row(row) {
                match value {
                    Value::Null => self.buffer.push(0),
                    Value::Number(number) => {
                        self.buffer.push(1);
                        self.buffer.extend(number.to_be_bytes());
                    }
                    Value::Bytes(bytes) => {
                        self.buffer.push(2);
                        self.buffer.extend(length(bytes));
                        self.buffer.extend(bytes);
                    }
                    Value::Text(text) => {
                        self.buffer.push(3);
                        self.buffer.extend(length(text));
                        self.buffer.extend(text);
                    }
                }
            }
        }
        self.context.update(&self.buffer);
    }

    /// In hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        HEXLOWER.encode(self.context.finish().as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::tables::TABLES;

    fn limits(rows: &[(&[u8], i64)]) -> Page {
        let table = TABLES.iter().find(|table| table.name == "limits").unwrap();
        let mut page = Page::new(table);
        for (key, count) in rows {
            page.push_bytes(Kind::Bytes, key);
            [*count, 2, 3].into_iter().for_each(|number| page.push_number(number));
        }
        page
    }

    #[test]
    fn the_first_difference_is_named_whatever_it_is() {
        let page = limits(&[(b"a", 1), (b"c", 1)]);
        let found = |other: &[(&[u8], i64)]| page.difference(&limits(other)).map(|(key, how)| (key.0[0].clone(), how));
        assert_eq!(found(&[(b"a", 1), (b"c", 1)]), None);
        assert_eq!(found(&[(b"a", 1), (b"c", 2)]), Some((b"c".to_vec(), Difference::Other)));
        assert_eq!(found(&[(b"a", 1)]), Some((b"c".to_vec(), Difference::Missing)));
        assert_eq!(found(&[(b"a", 1), (b"b", 1), (b"c", 1)]), Some((b"b".to_vec(), Difference::Extra)));
        assert_eq!(found(&[(b"c", 1)]), Some((b"a".to_vec(), Difference::Missing)));
        assert_eq!(found(&[(b"a", 1), (b"c", 1), (b"d", 1)]), Some((b"d".to_vec(), Difference::Extra)));
    }

    #[test]
    fn a_value_does_not_slip_from_one_column_into_the_next() {
        let table = TABLES.iter().find(|table| table.name == "passwords").unwrap();
        let digest = |kinds: [(Kind, &[u8]); 2]| {
            let mut page = Page::new(table);
            kinds.into_iter().for_each(|(kind, bytes)| page.push_bytes(kind, bytes));
            let mut checksum = Checksum::of(table);
            checksum.add(&page);
            checksum.finish()
        };
        let one = digest([(Kind::Id, b"ab"), (Kind::Text, b"c")]);
        assert_ne!(one, digest([(Kind::Id, b"a"), (Kind::Text, b"bc")]));
        assert_ne!(one, digest([(Kind::Id, b"ab"), (Kind::Bytes, b"c")]));
        assert_eq!(one, digest([(Kind::Id, b"ab"), (Kind::Text, b"c")]));
    }

    #[test]
    fn a_key_is_kept_between_two_runs() {
        let key = Key(vec![b"first".to_vec(), Vec::new(), vec![0; 300]]);
        assert_eq!(Key::from_bytes(&key.to_bytes()), Some(key.clone()));
        assert_eq!(Key::from_bytes(&key.to_bytes()[1..]), None);
    }
}
