//! A page of text: headings, paragraphs and lists at 80 columns.

const WIDTH: usize = 80;

/// A page under construction.
#[derive(Debug, Default)]
pub(super) struct Page(String);

impl Page {
    /// Adds a heading, after an empty line.
    pub(super) fn heading(&mut self, text: &str) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(text);
        self.0.push('\n');
    }

    /// Adds a paragraph, wrapped and indented.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.wrap("  ", "  ", text);
    }

    /// Adds an item of a list.
    pub(super) fn item(&mut self, text: &str) {
        self.wrap("  - ", "    ", text);
    }

    /// Adds a term and its meaning: on one line if there is room.
    pub(super) fn term(&mut self, term: &str, meaning: &str) {
        const COLUMN: usize = 24;
        let indent = " ".repeat(COLUMN);
        if term.chars().count() + 4 <= COLUMN {
            self.wrap(&format!("  {term:width$}", width = COLUMN - 2), &indent, meaning);
        } else {
            self.lines(&format!("  {term}"));
            self.wrap(&indent, &indent, meaning);
        }
    }

    /// Adds lines as they are, indented.
    pub(super) fn verbatim(&mut self, text: &str) {
        for line in text.trim_end().lines() {
            self.lines(&format!("  {line}"));
        }
    }

    /// Adds text in Markdown: paragraphs and list items are wrapped, tables and code stay.
    pub(super) fn markdown(&mut self, text: &str) {
        let mut is_code = false;
        for line in text.lines() {
            is_code ^= line.starts_with("```");
            if is_code || line.starts_with("```") || line.starts_with('|') {
                self.lines(&format!("  {line}"));
            } else if let Some(item) = line.strip_prefix("- ") {
                self.item(item);
            } else if line.trim().is_empty() {
                self.0.push('\n');
            } else {
                self.paragraph(line);
            }
        }
    }

    /// Returns the page.
    pub(super) fn text(self) -> String {
        self.0
    }

    fn lines(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }

    fn wrap(&mut self, first: &str, rest: &str, text: &str) {
        let mut line = first.to_owned();
        let mut is_empty = true;
        for word in text.split_whitespace() {
            let space = usize::from(!is_empty);
            if !is_empty && line.chars().count() + space + word.chars().count() > WIDTH {
                self.lines(&line);
                rest.clone_into(&mut line);
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        self.lines(&line);
    }
}
