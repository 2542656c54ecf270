//! Text of others, such as justifications and names, as it may go to a terminal.

/// Text without characters that control a terminal or turn the direction of writing: each is shown by its number instead. Line ends stay.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push('\n'),
            '\t' | '\r' => shown.push(' '),
            character if controls(character) => shown.extend(character.escape_unicode()),
            character => shown.push(character),
        }
    }
    shown
}

/// As [`printable`], in one line.
pub fn printable_line(text: &str) -> String {
    printable(text).replace('\n', " ")
}

/// C0, DEL and C1; and what turns the direction of writing (unicode.org/reports/tr9, explicit directional formatting characters).
fn controls(character: char) -> bool {
    character.is_control() || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_controls_a_terminal_is_shown_by_its_number() {
        assert_eq!(printable("harmless\u{1b}[2K\u{9b}8m\u{7f}\u{202e}x"), r"harmless\u{1b}[2K\u{9b}8m\u{7f}\u{202e}x");
        assert_eq!(printable_line("a\tb\r\nc é ü 你好"), "a b  c é ü 你好");
        let all: String = (0..=0x2100).filter_map(char::from_u32).collect();
        assert!(!printable_line(&all).chars().any(controls));
    }
}
