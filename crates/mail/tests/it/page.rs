//! Looks at the HTML part as a mail program does.

use roxmltree::{Document, Node, ParsingOptions};

/// What a test asks of an HTML part.
pub(crate) struct Page {
    /// What a reader sees, word by word, without the hint that only HTML has.
    pub(crate) words: Vec<String>,
    /// All attributes that could lead or load somewhere.
    pub(crate) addresses: Vec<String>,
    /// Names of all elements.
    pub(crate) elements: Vec<String>,
    /// `lang` and `dir` of the root.
    pub(crate) language: (String, String),
    /// Contents of `style` attributes.
    pub(crate) styles: Vec<String>,
    /// The rules for all of it.
    pub(crate) sheet: String,
}

impl Page {
    pub(crate) fn of(html: &str) -> Self {
        let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
        let document = Document::parse_with_options(html, options).unwrap_or_else(|error| panic!("{error}\n{html}"));
        let elements: Vec<Node<'_, '_>> = document.descendants().filter(Node::is_element).collect();
        let attributes = || elements.iter().flat_map(|element| element.attributes());
        let has_class = |node: &Node<'_, '_>, class: &str| node.attribute("class") == Some(class);
        let is_hidden = |text: &Node<'_, '_>| {
            text.ancestors()
                .any(|node| node.has_tag_name("head") || has_class(&node, "preheader") || has_class(&node, "hint"))
        };
        let texts = document.descendants().filter(|node| node.is_text() && !is_hidden(node));
        let root = document.root_element();
        let sheet = elements.iter().find(|element| element.has_tag_name("style"));
        Self {
            words: texts.flat_map(|text| text.text().unwrap().split_whitespace().map(str::to_owned)).collect(),
            addresses: attributes()
                .filter(|one| {
                    matches!(one.name(), "href" | "src" | "srcset" | "action" | "background" | "data" | "poster")
                })
                .map(|one| one.value().to_owned())
                .collect(),
            elements: elements.iter().map(|element| element.tag_name().name().to_owned()).collect(),
            language: (root.attribute("lang").unwrap().to_owned(), root.attribute("dir").unwrap().to_owned()),
            styles: attributes().filter(|one| one.name() == "style").map(|one| one.value().to_owned()).collect(),
            sheet: sheet.and_then(|element| element.text()).unwrap().to_owned(),
        }
    }
}
