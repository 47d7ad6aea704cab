//! The form of a template's file. It reads like a mail: lines `name: value`, an empty line, and paragraphs with empty lines
//! between them. What must stay true: the form is read before anything is filled in, so no value can add a line or a paragraph.

use crate::setup::SetupError;

/// A file, taken apart.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    pub(super) file: &'a str,
    pub(super) head: Vec<Line<'a>>,
    pub(super) paragraphs: Vec<Paragraph>,
}

/// `name: value`.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) number: usize,
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

/// What stands between empty lines.
#[derive(Debug)]
pub(super) struct Paragraph {
    pub(super) number: usize,
    pub(super) text: String,
}

impl<'a> Sheet<'a> {
    pub(super) fn read(file: &'a str, text: &'a str) -> Result<Self, SetupError> {
        let mut sheet = Self { file, head: Vec::new(), paragraphs: Vec::new() };
        let (mut is_head, mut is_open) = (true, false);
        for (at, line) in text.trim_start_matches('\u{feff}').lines().map(str::trim_end).enumerate() {
            if is_head {
                is_head = !line.is_empty() || sheet.head.is_empty();
                sheet.read_head(at + 1, line)?;
                continue;
            }
            match sheet.paragraphs.last_mut() {
                _ if line.is_empty() => {}
                Some(paragraph) if is_open => {
                    paragraph.text.push('\n');
                    paragraph.text.push_str(line);
                }
                Some(_) | None => sheet.paragraphs.push(Paragraph { number: at + 1, text: line.to_owned() }),
            }
            is_open = !line.is_empty();
        }
        Ok(sheet)
    }

    fn read_head(&mut self, number: usize, line: &'a str) -> Result<(), SetupError> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        let (name, value) = line.split_once(':').ok_or_else(|| {
            self.wrong(number, "the lines before the first empty one are `name: value` or begin with #")
        })?;
        if self.head.iter().any(|line| line.name == name) {
            return Err(self.wrong(number, format!("there is a second `{name}`")));
        }
        self.head.push(Line { number, name, value: value.trim() });
        Ok(())
    }

    /// The value of this name.
    pub(super) fn line(&self, name: &str) -> Result<&Line<'a>, SetupError> {
        let found = self.head.iter().find(|line| line.name == name);
        found.ok_or_else(|| self.wrong(1, format!("there is no line `{name}: …`")))
    }

    /// Complains about a line whose name is none of these.
    pub(super) fn only(&self, names: &[&str]) -> Result<(), SetupError> {
        match self.head.iter().find(|line| !names.contains(&line.name)) {
            Some(line) => {
                let says = format!("`{}` is not known here; there are: {}", line.name, names.join(", "));
                Err(self.wrong(line.number, says))
            }
            None => Ok(()),
        }
    }

    pub(super) fn wrong(&self, line: usize, says: impl Into<String>) -> SetupError {
        SetupError::Template { file: self.file.to_owned(), line, says: says.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_read_with_the_numbers_of_its_lines() {
        let sheet = Sheet::read("x.txt", "# note\nsubject: a: b\nreason:  c \n\n\none\ntwo\n\n[proof]\n").unwrap();
        let head: Vec<_> = sheet.head.iter().map(|line| (line.number, line.name, line.value)).collect();
        assert_eq!(head, [(2, "subject", "a: b"), (3, "reason", "c")]);
        let paragraphs: Vec<_> = sheet.paragraphs.iter().map(|one| (one.number, one.text.as_str())).collect();
        assert_eq!(paragraphs, [(6, "one\ntwo"), (9, "[proof]")]);
        assert_eq!(sheet.line("subject").unwrap().value, "a: b");
    }

    #[test]
    fn what_is_no_line_is_named() {
        let error = Sheet::read("x.txt", "subject: a\nreason").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the mail template x.txt, line 2: the lines before the first empty one are `name: value` or begin with #"
        );
        assert!(Sheet::read("x.txt", "a: 1\na: 2").unwrap_err().to_string().contains("line 2: there is a second `a`"));
    }
}
