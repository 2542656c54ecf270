//! A page of tables, without scripts, that a telephone can show.

/// The style sheet of all pages.
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1rem;color:#1b1b1b;background:#fff}\
                     h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}.wide{overflow-x:auto}\
                     table{border-collapse:collapse;width:100%;font-size:.9rem}\
                     th,td{text-align:left;vertical-align:top;padding:.3rem .75rem .3rem 0;border-bottom:1px solid #ddd}td{overflow-wrap:anywhere}\
                     td:first-child{min-width:8rem}.none,.more{color:#666}\
                     @media(prefers-color-scheme:dark){body{color:#eee;background:#181818}th,td{border-color:#444}.none,.more{color:#aaa}}";

/// A page in the making.
#[derive(Debug)]
pub struct Page {
    text: String,
}

impl Page {
    /// A page with a title.
    pub fn new(title: &str) -> Self {
        let title = escape(title);
        Self {
            text: format!(
                "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, \
                 initial-scale=1\"><title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>"
            ),
        }
    }

    /// Adds a line of text.
    pub fn line(&mut self, text: &str) {
        self.text.push_str(&format!("<p>{}</p>", escape(text)));
    }

    /// Adds a section.
    pub fn add(&mut self, section: Section) {
        self.text.push_str(&section.finish());
    }

    /// The whole of it.
    pub fn finish(mut self) -> String {
        self.text.push_str("</body></html>\n");
        self.text
    }
}

/// A table under a heading.
#[derive(Debug)]
pub struct Section {
    title: &'static str,
    columns: &'static [&'static str],
    rows: String,
    more: usize,
}

impl Section {
    /// An empty table.
    pub fn new(title: &'static str, columns: &'static [&'static str]) -> Self {
        Self { title, columns, rows: String::new(), more: 0 }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [&str; N]) {
        let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
        self.rows.push_str(&format!("<tr>{cells}</tr>"));
    }

    /// Says that there are so many more, which are not shown.
    pub fn truncated(&mut self, count: usize) {
        self.more = count;
    }

    fn finish(self) -> String {
        let title = self.title;
        if self.rows.is_empty() {
            return format!("<h2>{title}</h2><p class=\"none\">None.</p>");
        }
        let heads: String = self.columns.iter().map(|column| format!("<th scope=\"col\">{column}</th>")).collect();
        let more = if self.more == 0 { String::new() } else { format!("<p class=\"more\">and {} more</p>", self.more) };
        format!(
            "<h2>{title}</h2><div class=\"wide\"><table><thead><tr>{heads}</tr></thead><tbody>{}</tbody></table></div>{more}",
            self.rows
        )
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_call_things_is_no_markup() {
        let mut section = Section::new("Users", &["Name"]);
        section.row(["<script>alert(1)</script> & \"more\""]);
        section.truncated(3);
        let mut page = Page::new("A & B");
        page.add(section);
        page.add(Section::new("Groups", &["Name"]));
        let text = page.finish();
        assert!(!text.contains("<script>") && text.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;more&quot;"), "{text}");
        assert!(text.contains("<title>A &amp; B</title>") && text.contains("and 3 more") && text.contains("<p class=\"none\">None.</p>"));
    }
}
