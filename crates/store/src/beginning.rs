//! Pages of what begins with a text: one range of a unique index, entered at its first key and left at the first that begins
//! otherwise. There is no upper end to be worked out, which for some texts is none.

/// A page of what begins with a text.
#[derive(Debug)]
pub(crate) struct Beginning {
    prefix: String,
    after: String,
    limit: usize,
}

impl Beginning {
    /// At most `limit` of what begins with `prefix` and comes after the key `after`.
    pub(crate) fn new(prefix: String, after: Option<String>, limit: usize) -> Self {
        Self { prefix, after: after.unwrap_or_default(), limit }
    }

    /// Where to enter the index. No key has a U+0000 in it, and PostgreSQL takes none: what comes after such a text comes after
    /// what is before it, too.
    pub(crate) fn from(&self) -> &str {
        let from = self.prefix.as_str().max(&self.after);
        from.split('\0').next().unwrap_or_default()
    }

    /// How many rows to read from there: the first may be the one that the page comes after.
    pub(crate) fn rows(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX).saturating_add(1)
    }

    /// Those of the rows that are on the page.
    pub(crate) fn cut<T>(&self, rows: Vec<T>, key: impl Fn(&T) -> &str) -> Vec<T> {
        let rows = rows.into_iter().skip_while(|row| key(row) <= self.after.as_str());
        rows.take_while(|row| key(row).starts_with(&self.prefix)).take(self.limit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys of an index, read as a store reads them.
    fn page(keys: &[&str], prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
        let beginning = Beginning::new(prefix.to_owned(), after.map(str::to_owned), limit);
        let mut keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        keys.sort();
        let rows = usize::try_from(beginning.rows()).unwrap();
        let rows = keys.into_iter().filter(|key| key.as_str() >= beginning.from()).take(rows);
        beginning.cut(rows.collect(), String::as_str)
    }

    #[test]
    fn a_page_has_what_begins_so_and_comes_after() {
        let keys = ["ada", "ad", "b", "adb", "ae", "\u{d7ff}x", "\u{e000}", "\u{10ffff}\u{10ffff}"];
        assert_eq!(page(&keys, "ad", None, 9), ["ad", "ada", "adb"]);
        assert_eq!(page(&keys, "ad", None, 2), ["ad", "ada"]);
        assert_eq!(page(&keys, "ad", Some("ada"), 1), ["adb"]);
        assert_eq!(page(&keys, "ad", Some("ada\0"), 9), ["adb"]);
        assert_eq!(page(&keys, "ad", Some("a"), 1), ["ad"]);
        assert_eq!(page(&keys, "ad", Some("b"), 9), [""; 0]);
        assert_eq!(page(&keys, "\u{d7ff}", None, 9), ["\u{d7ff}x"]);
        assert_eq!(page(&keys, "\u{10ffff}", None, 9), ["\u{10ffff}\u{10ffff}"]);
        assert_eq!(page(&keys, "ad\0", None, 9), [""; 0]);
        assert_eq!(page(&keys, "", Some("\u{e000}"), 9), ["\u{10ffff}\u{10ffff}"]);
        assert_eq!(page(&keys, "", None, 9).len(), keys.len());
    }
}
