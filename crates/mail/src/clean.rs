//! Text of others, before it comes near a mail. What must stay true: what comes out is one line without anything that turns,
//! hides or ends text, and a name that comes out cannot be taken for a link or a telephone number. Without that, whoever signs up as
//! "Win at evil.example" with the address of somebody else has our mail carry his message.

/// The longest name, in characters, that a mail calls its reader by; what is longer is a message.
const LONGEST_NAME: usize = 48;
/// The most digits of a name; a telephone number has more.
const MOST_DIGITS: usize = 6;

/// `text` as one line of at most `longest` characters: white space of every kind becomes one blank, and characters that control,
/// turn or hide are left out.
pub(crate) fn one_line(text: &str, longest: usize) -> String {
    let mut line = String::new();
    let spaced = text.chars().map(|letter| if letter.is_whitespace() || letter.is_control() { ' ' } else { letter });
    for letter in spaced.filter(|letter| !is_invisible(*letter)).take(longest) {
        if letter != ' ' || !(line.is_empty() || line.ends_with(' ')) {
            line.push(letter);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// A name as a mail may print it; `None` if nothing is left of it, or if it is more than a name.
pub(crate) fn name(text: &str) -> Option<String> {
    // So far that what is cut off cannot make a message into a name.
    let name = one_line(text, 4 * LONGEST_NAME);
    let fits = name.chars().count() <= LONGEST_NAME;
    (!name.is_empty() && fits && !is_link(&name) && !is_number(&name)).then_some(name)
}

/// Whether a mail program might make a link of it: a path, an address, or a dot between a letter and two more.
fn is_link(text: &str) -> bool {
    let letters: Vec<char> = text.chars().filter(|letter| !matches!(letter, '\u{200c}' | '\u{200d}')).collect();
    let is_domain = letters.windows(4).any(|four| {
        let is_dot = matches!(four[1], '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}');
        four[0].is_alphanumeric() && is_dot && four[2].is_alphanumeric() && four[3].is_alphanumeric()
    });
    is_domain || letters.iter().any(|letter| matches!(letter, '/' | '\\' | '@' | '\u{ff0f}' | '\u{ff20}'))
}

fn is_number(text: &str) -> bool {
    text.chars().filter(|letter| letter.is_numeric()).count() > MOST_DIGITS
}

/// Characters without a shape of their own: those that turn text around (UAX 9), and those that nobody sees. The two joiners
/// stay, Persian and Hindi need them.
fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn em10_a_line_stays_one_line_that_reads_as_it_is() {
        assert_eq!(one_line("Ada\r\nBcc: x@y.example\0\u{1b}[31m", 99), "Ada Bcc: x@y.example [31m");
        assert_eq!(one_line("\u{202e}\u{2066}evil\u{2028}\u{200b} \t\u{85}name\u{feff}", 99), "evil name");
        assert_eq!(one_line("  ", 99), "");
        assert_eq!(one_line(&"é".repeat(500), 10), "é".repeat(10));
    }

    #[test]
    fn a_name_that_carries_a_message_is_no_name() {
        for good in [
            "Ada",
            "Ada Lovelace",
            "J.R.R. Tolkien",
            "Ng̃ũgĩ wa Thiong’o",
            "دنیا\u{200c}ی",
            "Ada 2000",
            "{{ x }}",
            "<b>",
        ] {
            assert_eq!(name(good).as_deref(), Some(good));
        }
        let long = "Your account is blocked, please write to our support team";
        for bad in [
            "",
            "\u{200b}",
            "evil.example",
            "see evil.example now",
            "https://x",
            "//x",
            "a@b",
            "call 0800 123 456 7",
            "evil。example",
            "evil.\u{200d}example",
            long,
            &"Buy now! ".repeat(99),
        ] {
            assert_eq!(name(bad), None, "{bad}");
        }
    }
}
