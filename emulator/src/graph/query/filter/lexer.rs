//! Cuts a filter into words.

/// A word of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// `'text'`, without its quotes.
    Text(String),
    /// A name, path, number, GUID or instant.
    Word(String),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// `:`
    Colon,
}

/// The words of a filter, each with its position in characters. The error is the position of what is no word.
pub fn tokens(text: &str) -> Result<Vec<(Token, usize)>, usize> {
    let mut out = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let token = match c {
            c if c.is_whitespace() => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            ':' => Token::Colon,
            '\'' => {
                let mut value = String::new();
                loop {
                    match chars.next() {
                        // A doubled quote is one quote inside the text.
                        Some((_, '\'')) if chars.next_if(|(_, next)| *next == '\'').is_some() => value.push('\''),
                        Some((_, '\'')) => break,
                        Some((_, c)) => value.push(c),
                        None => return Err(at),
                    }
                }
                Token::Text(value)
            }
            c if is_word(c) => {
                let mut word = String::from(c);
                loop {
                    if let Some((_, next)) = chars.next_if(|(_, next)| is_word(*next)) {
                        word.push(next);
                    } else if is_instant(&word) && chars.next_if(|(_, next)| *next == ':').is_some() {
                        // The colons of an instant belong to it; that of `any(x:x eq 1)` does not.
                        word.push(':');
                    } else {
                        break;
                    }
                }
                Token::Word(word)
            }
            _ => return Err(at),
        };
        out.push((token, at));
    }
    Ok(out)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || "_-./$+".contains(c)
}

/// Whether a word begins as an instant does: `2026-11-21T`.
fn is_instant(word: &str) -> bool {
    word.len() > 10 && word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('T') && word.contains('-')
}
