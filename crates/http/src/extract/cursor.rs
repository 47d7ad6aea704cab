//! Where the next page of a listing begins, as text that only we read.
//!
//! A cursor says what was on the page before last: an id, or the key of a search. It carries no right: a page is read by whoever
//! may read the listing, and a cursor of a search begins with what is searched for, or it is none.

use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use gatewright_core::port::PageOf;

use super::path::one_spelling;
use crate::Problem;

/// What stands before an id, and before a key.
const ID: u8 = b'i';
const KEY: u8 = b'k';

/// The page as a cursor; `None` for a first page, which needs none.
pub(crate) fn cursor_text<Id: ToString>(page: &PageOf<Id>) -> Option<String> {
    let (kind, text) = match page {
        PageOf::All { before } => (ID, before.as_ref()?.to_string()),
        PageOf::Beginning { after, .. } => (KEY, after.clone()?),
    };
    let mut bytes = vec![kind];
    bytes.extend_from_slice(text.as_bytes());
    Some(BASE64URL_NOPAD.encode(&bytes))
}

/// The page that begins there, of all or of what begins with `prefix`.
///
/// # Errors
/// The cursor is not from us, or from another listing.
pub(crate) fn page<Id: FromStr + ToString>(
    prefix: Option<String>,
    cursor: Option<&str>,
) -> Result<PageOf<Id>, Problem> {
    let foreign = || Problem::invalid("cursor", "`cursor` is not from this listing");
    let place = cursor.map(|text| read(text).ok_or_else(foreign)).transpose()?;
    match (prefix, place) {
        (None, None) => Ok(PageOf::All { before: None }),
        (None, Some((ID, text))) => Ok(PageOf::All { before: Some(one_spelling(&text).ok_or_else(foreign)?) }),
        (Some(prefix), None) => Ok(PageOf::Beginning { prefix, after: None }),
        (Some(prefix), Some((KEY, key))) if key.starts_with(&prefix) => {
            Ok(PageOf::Beginning { prefix, after: Some(key) })
        }
        (_, Some(_)) => Err(foreign()),
    }
}

fn read(text: &str) -> Option<(u8, String)> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    let (kind, rest) = bytes.split_first()?;
    Some((*kind, String::from_utf8(rest.to_vec()).ok()?))
}

#[cfg(test)]
mod tests {
    use gatewright_core::model::AccountId;

    use super::*;

    const UUID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    fn back(page_before: &PageOf<AccountId>, prefix: Option<&str>) -> Result<PageOf<AccountId>, Problem> {
        page(prefix.map(str::to_owned), Some(&cursor_text(page_before).unwrap()))
    }

    #[test]
    fn a_cursor_leads_back_to_its_page_and_to_no_other_listing() {
        let all = PageOf::All { before: Some(UUID.parse().unwrap()) };
        let search = PageOf::Beginning { prefix: "ad".to_owned(), after: Some("ada@example.test".to_owned()) };
        assert_eq!(back(&all, None), Ok(all.clone()));
        assert_eq!(back(&search, Some("ad")), Ok(search.clone()));
        assert!(back(&all, Some("ad")).is_err() && back(&search, None).is_err() && back(&search, Some("b")).is_err());
        assert_eq!(cursor_text(&PageOf::<AccountId>::All { before: None }), None);
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let encoded = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
        for text in ["", "=", "%", UUID, &encoded(UUID), &encoded("i"), &encoded("x1"), &encoded(&format!("i{UUID}x"))]
        {
            assert!(page::<AccountId>(None, Some(text)).is_err(), "{text}");
        }
        let upper = encoded(&format!("i{}", UUID.to_uppercase()));
        assert!(page::<AccountId>(None, Some(&upper)).is_err(), "an id has one spelling");
    }
}
