//! PTX text cut into tokens, each with its place.

use super::ParseError;

/// A piece of PTX text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lexeme<'a> {
    /// Directives, opcodes with their modifiers, registers, labels, symbols: `.reg`,
    /// `mad.lo.cc.u32`, `%tid.x`, `$L__BB0_1`.
    Word(&'a str),
    /// A number as it is written: `12`, `0x1F`, `0f3F800000`, `1.5`.
    Number(&'a str),
    /// What stands between quotation marks.
    Text(&'a str),
    Punctuation(char),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub lexeme: Lexeme<'a>,
    /// Line of the text, from 1.
    pub line: u32,
    /// Byte range in the text.
    pub start: usize,
    pub end: usize,
}

fn is_word_start(c: u8) -> bool {
    c.is_ascii_alphabetic() || matches!(c, b'_' | b'$' | b'%' | b'.')
}

fn is_word(c: u8) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, b'_' | b'$' | b'.')
}

/// The tokens of `text`, comments left out.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, ParseError> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::with_capacity(text.len() / 4);
    let mut at = 0;
    let mut line = 1;
    let run = |from: usize, within: fn(u8) -> bool| {
        bytes[from..]
            .iter()
            .position(|&c| !within(c))
            .map_or(bytes.len(), |n| from + n)
    };
    while let Some(&c) = bytes.get(at) {
        let start = at;
        let lexeme = match c {
            b'\n' => {
                line += 1;
                at += 1;
                continue;
            }
            _ if c.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at = run(at, |c| c != b'\n');
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                let Some(length) = text[at + 2..].find("*/") else {
                    return Err(ParseError::new(line, "/*", "a comment without end"));
                };
                at += length + 4;
                line += newlines(&text[start..at]);
                continue;
            }
            b'"' => {
                let Some(length) = text[at + 1..].find('"') else {
                    return Err(ParseError::new(line, "\"", "a string without end"));
                };
                at += length + 2;
                Lexeme::Text(&text[start + 1..at - 1])
            }
            // `::` is part of a modifier, as in `.shared::cta`.
            _ if is_word_start(c) => {
                at = run(at + 1, is_word);
                while bytes.get(at..at + 2) == Some(b"::") {
                    at = run(at + 2, is_word);
                }
                Lexeme::Word(&text[start..at])
            }
            _ if c.is_ascii_digit() => {
                at = run(at + 1, is_word);
                Lexeme::Number(&text[start..at])
            }
            _ if c.is_ascii_punctuation() => {
                at += 1;
                Lexeme::Punctuation(char::from(c))
            }
            _ => {
                let found: String = text[at..].chars().take(1).collect();
                return Err(ParseError::new(line, found, "no PTX begins with this"));
            }
        };
        tokens.push(Token {
            lexeme,
            line,
            start,
            end: at,
        });
        line += newlines(&text[start..at]);
    }
    Ok(tokens)
}

fn newlines(text: &str) -> u32 {
    text.bytes().filter(|&c| c == b'\n').count() as u32
}

/// The value of an integer literal. PTX writes hexadecimal, octal, binary and decimal as C does.
pub(super) fn integer(literal: &str) -> Option<u64> {
    let digits = literal.strip_suffix('U').unwrap_or(literal);
    match digits.get(..2) {
        Some("0x" | "0X") => u64::from_str_radix(&digits[2..], 16).ok(),
        Some("0b" | "0B") => u64::from_str_radix(&digits[2..], 2).ok(),
        _ if digits.len() > 1 && digits.starts_with('0') => u64::from_str_radix(digits, 8).ok(),
        _ => digits.parse().ok(),
    }
}

/// The value of a floating-point literal: `0f` and 8 hexadecimal digits of a single, `0d` and 16
/// of a double, or decimal.
pub(super) fn float(literal: &str) -> Option<f64> {
    match literal.get(..2) {
        Some("0f" | "0F") if literal.len() == 10 => u32::from_str_radix(&literal[2..], 16)
            .ok()
            .map(|bits| f64::from(f32::from_bits(bits))),
        Some("0d" | "0D") if literal.len() == 18 => u64::from_str_radix(&literal[2..], 16)
            .ok()
            .map(f64::from_bits),
        _ if literal.contains('.') => literal.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<(String, u32)> {
        tokens(text)
            .unwrap()
            .into_iter()
            .map(|t| (text[t.start..t.end].to_owned(), t.line))
            .collect()
    }

    #[test]
    fn tokens_carry_their_lines() {
        let found = words("// a\nmad.lo.cc.u32 %r1, /* b\n */ -0x1F,[%rd2+4];\n$L:");
        let expected = [
            ("mad.lo.cc.u32", 2),
            ("%r1", 2),
            (",", 2),
            ("-", 3),
            ("0x1F", 3),
            (",", 3),
            ("[", 3),
            ("%rd2", 3),
            ("+", 3),
            ("4", 3),
            ("]", 3),
            (";", 3),
            ("$L", 4),
            (":", 4),
        ];
        let expected: Vec<_> = expected.map(|(w, l)| (w.to_owned(), l)).into();
        assert_eq!(found, expected);
    }

    #[test]
    fn literals() {
        assert_eq!(integer("0x10"), Some(16));
        assert_eq!(integer("017"), Some(15));
        assert_eq!(integer("0b101"), Some(5));
        assert_eq!(integer("18446744073709551615"), Some(u64::MAX));
        assert_eq!(integer("18446744073709551616"), None);
        assert_eq!(integer("7U"), Some(7));
        assert_eq!(float("0f3F800000"), Some(1.0));
        assert_eq!(float("0dC000000000000000"), Some(-2.0));
        assert_eq!(float("1.5"), Some(1.5));
        assert_eq!(float("12"), None);
    }

    #[test]
    fn what_is_not_ptx_is_an_error() {
        assert_eq!(tokens("\n\n/* x").unwrap_err().line, 3);
        assert_eq!(tokens("\n\u{e9}").unwrap_err().line, 2);
        assert!(tokens("\"abc").is_err());
    }
}
