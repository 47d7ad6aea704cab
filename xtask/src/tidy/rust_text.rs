//! Rust sources as the rules see them: comments and the insides of literals blanked, everything else at its own line
//! and column, so that a rule does not trip over a word in a sentence.

/// `source` with blanks for comments and for what stands between the quotes of a literal.
pub(super) fn code_only(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let (kept, blanked) = token(rest, out.chars().next_back());
        let kept = if kept + blanked == 0 { first.len_utf8() } else { kept };
        out.push_str(&rest[..kept]);
        out.extend(rest[kept..kept + blanked].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &rest[kept + blanked..];
    }
    out
}

/// How many bytes from the start of `rest` are kept and how many after them are blanked.
fn token(rest: &str, before: Option<char>) -> (usize, usize) {
    if rest.starts_with("//") {
        return (0, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (0, block_comment(rest));
    }
    if let Some(inside) = rest.strip_prefix('"') {
        return (1, quoted(inside, '"'));
    }
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if !in_word && let Some(lengths) = raw_string(rest) {
        return lengths;
    }
    if let Some(inside) = rest.strip_prefix('\'')
        && is_character(inside)
    {
        return (1, quoted(inside, '\''));
    }
    (0, 0)
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(next) = rest[at..].chars().next() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += next.len_utf8();
        }
    }
    at
}

/// The length of a literal's inside with its closing quote.
fn quoted(inside: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    inside.len()
}

/// `r"…"`, `br#"…"#` and their kin: the opening is kept, the inside with its closing is blanked.
fn raw_string(rest: &str) -> Option<(usize, usize)> {
    let prefix = ["br", "cr", "r"].into_iter().find(|prefix| rest.starts_with(prefix))?;
    let hashes = rest[prefix.len()..].chars().take_while(|c| *c == '#').count();
    let opening = prefix.len() + hashes + 1;
    rest.get(..opening).filter(|start| start.ends_with('"'))?;
    let closing = format!("\"{}", "#".repeat(hashes));
    let inside = &rest[opening..];
    Some((opening, inside.find(&closing).map_or(inside.len(), |at| at + closing.len())))
}

/// True after the quote of a character, false after that of a lifetime.
fn is_character(inside: &str) -> bool {
    let mut chars = inside.chars();
    match chars.next() {
        Some('\\') => true,
        Some(_) => chars.next() == Some('\''),
        None => false,
    }
}

/// The words of a line of code that could be names, with the byte at which each starts.
pub(super) fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    std::iter::from_fn(move || {
        at += code[at..].find(is_name)?;
        let start = at;
        at += code[at..].find(|c| !is_name(c)).unwrap_or(code.len() - at);
        Some((start, &code[start..at]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_blanked_and_lines_stay_where_they_are() {
        let source = "a // b\n/* c /* d */\n e */ f";
        let code = code_only(source);
        assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["a", "f"]);
        assert_eq!(code.lines().map(str::len).collect::<Vec<_>>(), source.lines().map(str::len).collect::<Vec<_>>());
        assert_eq!(code_only("//! x\nfn y() {}").lines().count(), 2);
    }

    #[test]
    fn the_insides_of_literals_are_blanked() {
        assert_eq!(code_only(r#"f("a\"b", 'c', '\'', x)"#).split_whitespace().collect::<String>(), "f(\",',',x)");
        assert_eq!(code_only("r#\"a\"b\"# c"), "r#\"      c");
        assert_eq!(code_only("bar\"x\" y").trim_end(), "bar\"   y");
    }

    #[test]
    fn a_word_that_looks_like_the_start_of_a_raw_string_is_kept() {
        assert_eq!(code_only("r#type + rä + br"), "r#type + rä + br");
    }

    #[test]
    fn a_lifetime_is_no_character() {
        assert_eq!(code_only("fn f<'a>(x: &'a str) -> &'a str"), "fn f<'a>(x: &'a str) -> &'a str");
    }

    #[test]
    fn words_are_found_with_their_places() {
        assert_eq!(words("fn x_1(y)").collect::<Vec<_>>(), [(0, "fn"), (3, "x_1"), (7, "y")]);
    }
}
