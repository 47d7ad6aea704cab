//! A JSON value to the type that a call takes. A `Deserializer` of our own, because its error knows *where*: the problem names
//! the member, `profile.display_name`, and never repeats a value.

use std::fmt::{self, Display};

use serde::{
    de::{
        self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, Unexpected,
        VariantAccess, Visitor, value::StrDeserializer,
    },
    forward_to_deserialize_any,
};
use serde_json::{Map, Value, map};

use crate::Problem;

/// A name of the client's own may be long; more of it helps nobody.
const MAX_NAME: usize = 64;

/// What is wrong, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// From the outermost member in.
    path: Vec<String>,
    kind: FaultKind,
}

#[derive(Debug, PartialEq, Eq)]
enum FaultKind {
    Missing,
    Unknown,
    WrongType,
    NotAllowed,
}

impl Fault {
    fn new(kind: FaultKind) -> Self {
        Self { path: Vec::new(), kind }
    }

    fn at(kind: FaultKind, name: &str) -> Self {
        Self::new(kind).below(name)
    }

    fn below(mut self, name: &str) -> Self {
        self.path.insert(0, name.chars().take(MAX_NAME).collect());
        self
    }

    pub(super) fn into_problem(self) -> Problem {
        let field = self.path.join(".");
        if field.is_empty() {
            return Problem::malformed("The request body is not a JSON object.");
        }
        let says = match self.kind {
            FaultKind::Missing => "is missing",
            FaultKind::Unknown => "is no member of this request",
            FaultKind::WrongType => "has the wrong type",
            FaultKind::NotAllowed => "has a value that is not allowed",
        };
        let detail = format!("`{field}` {says}");
        Problem::invalid(field, detail)
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.path.join("."), self.kind)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: Display>(_: T) -> Self {
        Self::new(FaultKind::NotAllowed)
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::new(FaultKind::WrongType)
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::new(FaultKind::NotAllowed)
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::at(FaultKind::Unknown, field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::at(FaultKind::Missing, field)
    }
}

/// # Errors
/// Says what is wrong, and where.
pub(super) fn read<T: DeserializeOwned>(value: Value) -> Result<T, Fault> {
    T::deserialize(Reader(value))
}

struct Reader(Value);

impl<'de> Deserializer<'de> for Reader {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Object(members) => visitor.visit_map(Members::new(members)),
            // Scalars and arrays have no members that could be wrong by name: serde_json's own reader does.
            scalar @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                scalar.deserialize_any(visitor).map_err(|_| Fault::new(FaultKind::WrongType))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let Value::String(name) = self.0 else { return Err(Fault::new(FaultKind::WrongType)) };
        visitor.visit_enum(Name(name))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let Value::Object(members) = self.0 else { return Err(Fault::new(FaultKind::WrongType)) };
        visitor.visit_map(Members::new(members))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// The members of an object, one after the other.
struct Members {
    rest: map::IntoIter,
    current: Option<(String, Value)>,
}

impl Members {
    fn new(members: Map<String, Value>) -> Self {
        Self { rest: members.into_iter(), current: None }
    }
}

impl<'de> MapAccess<'de> for Members {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        self.current = self.rest.next();
        let Some((name, _)) = &self.current else { return Ok(None) };
        let name: StrDeserializer<'_, Fault> = name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let (name, value) = self.current.take().ok_or(Fault::new(FaultKind::Missing))?;
        seed.deserialize(Reader(value)).map_err(|fault| fault.below(&name))
    }
}

/// A variant without contents, by its name.
struct Name(String);

impl<'de> EnumAccess<'de> for Name {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let name: StrDeserializer<'_, Fault> = self.0.as_str().into_deserializer();
        Ok((seed.deserialize(name)?, Self(String::new())))
    }
}

impl<'de> VariantAccess<'de> for Name {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, Fault> {
        Err(Fault::new(FaultKind::WrongType))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Fault> {
        Err(Fault::new(FaultKind::WrongType))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Fault> {
        Err(Fault::new(FaultKind::WrongType))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        name: String,
        inner: Option<Inner>,
        color: Option<Color>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        text: Option<String>,
        free: Option<Map<String, Value>>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Color {
        Red,
    }

    #[test]
    fn a_fault_tells_which_member_and_what() {
        for (value, path, kind) in [
            (json!({}), vec!["name"], FaultKind::Missing),
            (json!({"name": {"$ne": 1}}), vec!["name"], FaultKind::WrongType),
            (json!({"name": null}), vec!["name"], FaultKind::WrongType),
            (json!({"name": "x", "roles": ["admin"]}), vec!["roles"], FaultKind::Unknown),
            (json!({"name": "x", "inner": {"text": 1}}), vec!["inner", "text"], FaultKind::WrongType),
            (json!({"name": "x", "inner": {"b": 1}}), vec!["inner", "b"], FaultKind::Unknown),
            (json!({"name": "x", "inner": {"free": 1}}), vec!["inner", "free"], FaultKind::WrongType),
            (json!({"name": "x", "inner": ["a"]}), vec!["inner"], FaultKind::WrongType),
            (json!({"name": "x", "color": "blue"}), vec!["color"], FaultKind::NotAllowed),
            (json!({"name": "x", "color": {"red": null}}), vec!["color"], FaultKind::WrongType),
            (json!(["x"]), vec![], FaultKind::WrongType),
            (json!("x"), vec![], FaultKind::WrongType),
        ] {
            let fault = read::<Outer>(value.clone()).unwrap_err();
            let path = path.into_iter().map(str::to_owned).collect();
            assert_eq!(fault, Fault { path, kind }, "{value}");
        }
    }

    #[test]
    fn what_is_right_is_read() {
        let value = json!({"name": "x", "inner": {"text": null, "free": {"a": [1, {"b": 2}]}}, "color": "red"});
        let outer: Outer = read(value).unwrap();
        let free = json!({"a": [1, {"b": 2}]}).as_object().cloned();
        assert_eq!(outer, Outer { name: "x".into(), inner: Some(Inner { text: None, free }), color: Some(Color::Red) });
    }
}
