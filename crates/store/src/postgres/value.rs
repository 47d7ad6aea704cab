//! Values as parameters: each says its own type, so that a statement can be run without being prepared first. That makes it
//! one exchange with the server, and lets a transaction pooler stand between.

use std::error::Error;

use bytes::BytesMut;
use gatewright_core::model::Timestamp;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// A parameter.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    /// The sixteen bytes of an id.
    Id(Option<&'a [u8; 16]>),
    /// Other bytes.
    Bytes(Option<&'a [u8]>),
    /// A number, or a moment in microseconds.
    Number(Option<i64>),
    /// Text.
    Text(Option<&'a str>),
    /// Many ids.
    Ids(&'a [[u8; 16]]),
    /// Many times bytes.
    ManyBytes(&'a [Option<&'a [u8]>]),
    /// Many numbers.
    Numbers(&'a [Option<i64>]),
    /// Many texts.
    Texts(&'a [Option<&'a str>]),
}

impl Value<'_> {
    /// The type that PostgreSQL is told.
    pub(super) fn kind(&self) -> Type {
        match self {
            Self::Id(_) => Type::UUID,
            Self::Bytes(_) => Type::BYTEA,
            Self::Number(_) => Type::INT8,
            Self::Text(_) => Type::TEXT,
            Self::Ids(_) => Type::UUID_ARRAY,
            Self::ManyBytes(_) => Type::BYTEA_ARRAY,
            Self::Numbers(_) => Type::INT8_ARRAY,
            Self::Texts(_) => Type::TEXT_ARRAY,
        }
    }
}

/// The sixteen bytes of an id, as PostgreSQL sends and receives a UUID.
#[derive(Clone, Copy, Debug)]
struct Id<'a>(&'a [u8; 16]);

impl ToSql for Id<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(self.0);
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::UUID
    }

    to_sql_checked!();
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Id(value) => value.map(Id).to_sql(kind, out),
            Self::Bytes(value) => value.to_sql(kind, out),
            Self::Number(value) => value.to_sql(kind, out),
            Self::Text(value) => value.to_sql(kind, out),
            Self::Ids(values) => values.iter().map(Id).collect::<Vec<_>>().to_sql(kind, out),
            Self::ManyBytes(values) => values.to_sql(kind, out),
            Self::Numbers(values) => values.to_sql(kind, out),
            Self::Texts(values) => values.to_sql(kind, out),
        }
    }

    /// It is always bound as the type that it says itself.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A column as the bytes that came over the wire: of an id, a text or a byte string these are its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw<'r>(pub(super) &'r [u8]);

impl<'r> FromSql<'r> for Raw<'r> {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(kind: &Type) -> bool {
        [Type::UUID, Type::BYTEA, Type::TEXT].contains(kind)
    }
}

impl<'a> From<&'a [u8; 16]> for Value<'a> {
    fn from(id: &'a [u8; 16]) -> Self {
        Self::Id(Some(id))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Some(text))
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(moment: Timestamp) -> Self {
        Self::Number(Some(moment.micros()))
    }
}

impl From<Option<Timestamp>> for Value<'_> {
    fn from(moment: Option<Timestamp>) -> Self {
        Self::Number(moment.map(Timestamp::micros))
    }
}
