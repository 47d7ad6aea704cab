//! The texts of SQL in the store's sources, without running them: every literal, `concat!` and macro that spells a statement.
//! It understands as much of Rust as such texts take. That nothing else puts a statement together is a rule of
//! `cargo xtask tidy` (bound-parameters).

use std::{collections::BTreeMap, fs, path::Path};

/// A piece of Rust that matters here.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A name.
    Name(String),
    /// What a literal stands for.
    Text(String),
    /// Any other character.
    Mark(char),
}

/// A macro that stands for a text: the names of its parameters, and its body.
type Macros = BTreeMap<String, (Vec<String>, Vec<Token>)>;

/// Every statement in the sources below `folder`, with the file it is in. Macros of `shared` count there, too.
///
/// What copies a database (`transfer.rs`) is left out: it spells statements out of the names of a schema's columns, and on tables
/// that only a copy has. Its own tests run each of them.
pub(super) fn statements(folder: &Path, shared: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    collect(folder, &mut files);
    let sources: Vec<_> = files.iter().map(|(name, text)| (name, tokens(without_tests(text)))).collect();
    let mut macros = Macros::new();
    definitions(&tokens(&fs::read_to_string(shared).unwrap()), &mut macros);
    sources.iter().for_each(|(_, tokens)| definitions(tokens, &mut macros));
    let mut found = Vec::new();
    for (name, tokens) in sources {
        let mut at = 0;
        while at < tokens.len() {
            if tokens[at] == Token::Name("macro_rules".into()) {
                at = end_of_block(&tokens, at);
                continue;
            }
            match value(&tokens, at, &macros, &BTreeMap::new()) {
                Some((text, end)) => {
                    if is_statement(&text) {
                        found.push((name.clone(), text));
                    }
                    at = end;
                }
                None => at += 1,
            }
        }
    }
    found
}

fn is_statement(text: &str) -> bool {
    let verbs = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "];
    verbs.iter().any(|verb| text.trim_start().starts_with(verb))
}

fn collect(folder: &Path, files: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else if !path.ends_with("tests.rs") && !path.ends_with("transfer.rs") {
            files.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
}

fn without_tests(source: &str) -> &str {
    source.split("#[cfg(test)]\nmod tests {").next().unwrap()
}

fn tokens(source: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '/' if rest.starts_with("//") => (None, rest.find('\n').unwrap_or(rest.len())),
            '"' => {
                let (text, length) = literal(rest);
                (Some(Token::Text(text)), length)
            }
            '\'' => (None, character(rest)),
            first if first.is_alphanumeric() || first == '_' => {
                let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                (Some(Token::Name(rest[..length].to_owned())), length)
            }
            first if first.is_whitespace() => (None, first.len_utf8()),
            first => (Some(Token::Mark(first)), first.len_utf8()),
        };
        found.extend(token);
        rest = &rest[length..];
    }
    found
}

/// What a literal at the start of `rest` stands for, and its length with the quotes.
fn literal(rest: &str) -> (String, usize) {
    let (mut text, mut characters) = (String::new(), rest.char_indices().skip(1).peekable());
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (text, at + 1),
            '\\' => match characters.next() {
                Some((_, '\n')) => while characters.next_if(|(_, c)| c.is_whitespace()).is_some() {},
                Some((_, 'n')) => text.push('\n'),
                Some((_, escaped)) => text.push(escaped),
                None => {}
            },
            c => text.push(c),
        }
    }
    panic!("a literal without an end: {rest}")
}

/// The length of a character in quotes, or of the one quote that begins a lifetime.
fn character(rest: &str) -> usize {
    let inside = rest[1..].chars().next().map_or(0, char::len_utf8);
    match rest[1..].strip_prefix('\\') {
        Some(escaped) => escaped.get(1..).and_then(|rest| rest.find('\'')).map_or(1, |end| end + 4),
        None if rest[1 + inside..].starts_with('\'') => inside + 2,
        None => 1,
    }
}

/// Finds `macro_rules! name { ($a:literal, …) => { body } }`.
fn definitions(tokens: &[Token], macros: &mut Macros) {
    for at in 0..tokens.len() {
        if tokens[at] != Token::Name("macro_rules".into()) {
            continue;
        }
        let Some(Token::Name(name)) = tokens.get(at + 2) else { continue };
        let end_of_parameters = at + tokens[at..].iter().position(|token| *token == Token::Mark('>')).unwrap();
        let parameters = tokens[at..end_of_parameters].windows(2).filter_map(|pair| match pair {
            [Token::Mark('$'), Token::Name(name)] => Some(name.clone()),
            _ => None,
        });
        // After `=> {`: the first value is the text, if it is one.
        let body = tokens[end_of_parameters + 2..].to_vec();
        macros.insert(name.clone(), (parameters.collect(), body));
    }
}

/// Where the block in braces ends that begins after the token `at`.
fn end_of_block(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for (end, token) in tokens.iter().enumerate().skip(at) {
        match token {
            Token::Mark('{') => depth += 1,
            Token::Mark('}') if depth == 1 => return end + 1,
            Token::Mark('}') => depth -= 1,
            Token::Name(_) | Token::Text(_) | Token::Mark(_) => {}
        }
    }
    tokens.len()
}

/// The text that is spelled from the token `at` on, and where it ends; `None` if that is something else.
fn value(tokens: &[Token], at: usize, macros: &Macros, given: &BTreeMap<String, String>) -> Option<(String, usize)> {
    match (tokens.get(at)?, tokens.get(at + 1), tokens.get(at + 2)) {
        (Token::Text(text), ..) => Some((text.clone(), at + 1)),
        (Token::Mark('$'), Some(Token::Name(name)), _) => Some((given.get(name)?.clone(), at + 2)),
        (Token::Name(name), Some(Token::Mark('!')), Some(Token::Mark('('))) => {
            let is_concat = name == "concat";
            if !is_concat && !macros.contains_key(name) {
                return None;
            }
            let (arguments, end) = arguments(tokens, at + 3, macros, given)?;
            if is_concat {
                return Some((arguments.concat(), end));
            }
            let (parameters, body) = &macros[name];
            let given = parameters.iter().cloned().zip(arguments).collect();
            Some((value(body, 0, macros, &given)?.0, end))
        }
        _ => None,
    }
}

fn arguments(
    tokens: &[Token],
    mut at: usize,
    macros: &Macros,
    given: &BTreeMap<String, String>,
) -> Option<(Vec<String>, usize)> {
    let mut found = Vec::new();
    loop {
        match tokens.get(at)? {
            Token::Mark(')') => return Some((found, at + 1)),
            Token::Mark(',') => at += 1,
            Token::Name(_) | Token::Text(_) | Token::Mark(_) => {
                let (text, end) = value(tokens, at, macros, given)?;
                found.push(text);
                at = end;
            }
        }
    }
}
