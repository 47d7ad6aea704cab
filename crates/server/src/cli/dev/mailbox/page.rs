//! The mailbox as HTML. What must stay true: whatever a mail holds is text here; its own HTML stands in a frame that runs and loads
//! nothing.

use std::fmt::Write;

use gatewright_mail::Mail;

use super::{PATH, link};

/// For light and dark, for a phone and a desk.
pub(super) const STYLE: &str = include_str!("style.css");

/// All mails, newest first.
pub(super) fn list(mails: &[Mail]) -> String {
    let mut body = String::new();
    let _infallible = write!(
        body,
        "<header><h1>Mailbox</h1><p>Every mail that would have left, newest first. None leaves this machine.</p>\
         <form method=\"post\" action=\"{PATH}\"><a class=\"button\" href=\"{PATH}\">Reload</a> \
         <button>Remove all</button> <a href=\"{PATH}.json\">JSON</a></form></header>\n<main>\n"
    );
    if mails.is_empty() {
        body.push_str("<p>There is no mail yet. Sign up, ask for a new password, or sign in by mail.</p>\n");
    }
    body.push_str("<ul class=\"mails\">\n");
    for mail in mails {
        let _infallible = writeln!(
            body,
            "<li><a href=\"{PATH}/{}\"><strong>{}</strong><span>{}</span><time>{}</time></a></li>",
            mail.id,
            escaped(&mail.subject),
            escaped(&mail.to),
            mail.date
        );
    }
    body.push_str("</ul>\n</main>");
    document("Mailbox", &body)
}

/// One mail: what it opens first, then its two parts.
pub(super) fn mail(mail: &Mail) -> String {
    let subject = escaped(&mail.subject);
    let mut body = String::new();
    let _infallible = write!(
        body,
        "<header><p><a href=\"{PATH}\">All mails</a></p><h1>{subject}</h1>\n<dl>\
         <dt>To</dt><dd>{}</dd><dt>From</dt><dd>{}</dd><dt>Date</dt><dd><time>{}</time></dd>",
        escaped(&mail.to),
        escaped(&mail.from),
        mail.date
    );
    if let Some(link) = link(mail) {
        let link = escaped(link);
        let _infallible = write!(body, "<dt>Link</dt><dd><a href=\"{link}\">{link}</a></dd>");
    }
    if let Some(code) = &mail.code {
        let _infallible = write!(body, "<dt>Code</dt><dd><code>{}</code></dd>", escaped(code));
    }
    let _infallible = write!(
        body,
        "<dt>Source</dt><dd><a href=\"{PATH}/{0}.json\">JSON</a></dd></dl></header>\n<main>\n\
         <h2>HTML</h2>\n<iframe title=\"The mail as HTML\" src=\"{PATH}/{0}.html\" \
         sandbox=\"allow-popups allow-popups-to-escape-sandbox\"></iframe>\n<h2>Text</h2>\n<pre>{1}</pre>\n</main>",
        mail.id,
        linked(&mail.text)
    );
    document(&subject, &body)
}

/// The mail's HTML with links that open beside its frame.
pub(super) fn opening_elsewhere(html: &str) -> String {
    html.replacen("<head>", "<head><base target=\"_blank\"/>", 1)
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title} · Gatewright</title>\n<link rel=\"stylesheet\" href=\"{PATH}/style.css\">\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
}

/// Text in which addresses of pages are links.
fn linked(text: &str) -> String {
    let mut html = String::new();
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let shown = escaped(word);
        if word.starts_with("https://") || word.starts_with("http://") {
            let _infallible = write!(html, "<a href=\"{shown}\">{shown}</a>");
        } else {
            html.push_str(&shown);
        }
        html.push_str(&piece[word.len()..]);
    }
    html
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_mail_holds_is_text() {
        let text = "Hi <b onclick='x'>&\nhttps://a.test/reset-password?token=gwm_x&y=\"><script> end\njavascript:x";
        assert_eq!(
            linked(text),
            "Hi &lt;b onclick=&#39;x&#39;&gt;&amp;\n<a href=\"https://a.test/reset-password?token=gwm_x&amp;y=&quot;&gt;&lt;script&gt;\">\
             https://a.test/reset-password?token=gwm_x&amp;y=&quot;&gt;&lt;script&gt;</a> end\njavascript:x"
        );
    }
}
