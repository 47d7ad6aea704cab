//! Templates and words of an operator, over ours. What must stay true: what is given is used or complained about, with file and line, and
//! never passed over in silence; what cannot be printed is known before the first visitor comes.

use std::{fmt, sync::Arc};

use crate::page;

/// The largest file, in bytes.
const LARGEST: usize = 256 * 1024;

/// A file of templates or words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageFile {
    /// Its place in the folder: `page.html`, `de/entry.txt`.
    pub path: String,
    /// What stands in it.
    pub text: String,
}

/// Templates and words that win over ours. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageFiles(Arc<Files>);

#[derive(Debug, Default, PartialEq, Eq)]
struct Files {
    page: Option<String>,
    style: Option<String>,
    more_style: Option<String>,
    lines: Vec<Line>,
}

/// A line of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) file: String,
    /// Counted from 1.
    pub(crate) number: usize,
    /// As the pages name the language and the text.
    pub(crate) tag: &'static str,
    pub(crate) name: &'static str,
    pub(crate) words: String,
}

/// A file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageFileMistake {
    /// Its place in the folder.
    pub file: String,
    /// The line that is wrong, counted from 1; 0 if it is the whole file.
    pub line: usize,
    /// What is wrong with it.
    pub says: String,
}

impl PageFileMistake {
    pub(crate) fn new(file: &str, line: usize, says: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, says: says.into() }
    }
}

impl fmt::Display for PageFileMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.says),
            line => write!(f, "{}, line {line}: {}", self.file, self.says),
        }
    }
}

impl std::error::Error for PageFileMistake {}

impl PageFiles {
    /// Reads files that win over ours: `page.html` and `page.css` as a whole, `more.css` beside our stylesheet, and of
    /// `<language>/<area>.txt` each line by itself. Everything is compiled, and printed with samples.
    ///
    /// # Errors
    /// The first mistake: a file or a line that we do not have, a template that is malformed or uses what is not there.
    pub fn read(files: impl IntoIterator<Item = PageFile>) -> Result<Self, PageFileMistake> {
        let mut read = Files::default();
        for PageFile { path, text } in files {
            let mistake = |line, says: &str| PageFileMistake::new(&path, line, says);
            if text.len() > LARGEST {
                return Err(mistake(0, "it is larger than 256 KiB"));
            }
            match path.as_str() {
                "page.html" => read.page = Some(text),
                "page.css" => read.style = Some(text),
                "more.css" => read.more_style = Some(text),
                _ => read.lines.extend(lines(&path, &text)?),
            }
        }
        let files = Self(Arc::new(read));
        page::try_out(&files)?;
        Ok(files)
    }

    /// Our own, to start from.
    pub fn shipped() -> impl Iterator<Item = PageFile> {
        page::shipped().map(|(path, text)| PageFile { path, text: text.to_owned() })
    }

    pub(crate) fn style(&self) -> Option<&str> {
        self.0.style.as_deref()
    }

    pub(crate) fn more_style(&self) -> Option<&str> {
        self.0.more_style.as_deref()
    }

    pub(crate) fn page(&self) -> Option<&str> {
        self.0.page.as_deref()
    }

    pub(crate) fn lines(&self) -> &[Line] {
        &self.0.lines
    }
}

/// The lines of a file of words.
fn lines(path: &str, text: &str) -> Result<Vec<Line>, PageFileMistake> {
    let Some(known) = page::texts_of(path) else {
        let says = "there is no such file: there are page.html, page.css, more.css, and <language>/<area>.txt as ours have them";
        return Err(PageFileMistake::new(path, 0, says));
    };
    let mut lines: Vec<Line> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let mistake = |says: String| PageFileMistake::new(path, at + 1, says);
        let (name, words) = line.split_once(": ").ok_or_else(|| mistake("a line is `name: words`".to_owned()))?;
        let name = *known.names.iter().find(|known| **known == name).ok_or_else(|| {
            mistake(format!("nothing in this file is called `{}`", name.chars().take(60).collect::<String>()))
        })?;
        if words.trim().is_empty() {
            return Err(mistake(format!("`{name}` says nothing")));
        }
        if lines.iter().any(|line| line.name == name) {
            return Err(mistake(format!("`{name}` stands twice")));
        }
        lines.push(Line { file: path.to_owned(), number: at + 1, tag: known.tag, name, words: words.to_owned() });
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> PageFile {
        PageFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[track_caller]
    fn mistake(path: &str, text: &str) -> String {
        PageFiles::read([file(path, text)]).expect_err("it is none").to_string()
    }

    #[test]
    fn what_is_shipped_can_be_used_as_it_is() {
        let files = PageFiles::read(PageFiles::shipped()).unwrap();
        assert!(files.page().is_some() && files.style().is_some() && files.lines().len() > 300);
    }

    #[test]
    fn what_could_not_be_used_is_told_with_file_and_line() {
        for (path, text, says) in [
            ("page.htm", "", "page.htm: there is no such file"),
            ("en/nothing.txt", "", "en/nothing.txt: there is no such file"),
            ("xx/base.txt", "", "xx/base.txt: there is no such file"),
            ("../en/base.txt", "", "../en/base.txt: there is no such file"),
            ("en/base.txt", "# mine\n\nemali: Mail", "en/base.txt, line 3: nothing in this file is called `emali`"),
            (
                "en/base.txt",
                "sign_in_title: Hello",
                "en/base.txt, line 1: nothing in this file is called `sign_in_title`",
            ),
            ("en/base.txt", "email", "en/base.txt, line 1: a line is `name: words`"),
            ("en/base.txt", "email:  ", "en/base.txt, line 1: `email` says nothing"),
            ("en/base.txt", "email: a\nemail: b", "en/base.txt, line 2: `email` stands twice"),
            ("en/base.txt", "email: {{ product", "en/base.txt, line 1: "),
            ("en/base.txt", "email: {{ secret }}", "en/base.txt, line 1: there is no value called `secret` here"),
            ("en/base.txt", "code: ok\nemail: {{ product|nothing }}", "en/base.txt, line 2: "),
            ("en/base.txt", "months: May", "en/base.txt, line 1: "),
            ("en/base.txt", "dir: down", "en/base.txt, line 1: "),
            ("page.html", "<p>\n{% if %}", "page.html, line 2: "),
            ("page.html", "<p>{{ title }}\n\n{{ titel }}", "page.html, line 3: "),
            ("page.html", "{% if nav %}\n{{ nav.nothing }}{% endif %}", "page.html, line 2: "),
            ("page.html", "{% for block in blocks %}{% include 'x' %}{% endfor %}", "page.html, line 1: "),
            ("page.html", &"x".repeat(LARGEST + 1), "page.html: it is larger than 256 KiB"),
        ] {
            let told = mistake(path, text);
            assert!(told.starts_with(says), "{told}");
        }
    }

    #[test]
    fn a_line_of_an_operator_may_leave_values_out_and_use_the_product() {
        let files = PageFiles::read([file("en/base.txt", "limited: Too often, says {{ product }}.")]).unwrap();
        assert_eq!(files.lines().len(), 1);
        assert!(PageFiles::read([file("en/base.txt", "dir: rtl"), file("more.css", "h1 { color: red }")]).is_ok());
    }
}
