//! Operands as they are written, before their names are looked up.

use super::cursor::Cursor;
use super::lexer::{self, Lexeme};
use super::ParseError;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Written<'a> {
    /// A register, a special register, a label or a symbol.
    Name(&'a str),
    /// A symbol and a distance from it.
    Sum(&'a str, i64),
    Integer(u64),
    Float(f64),
    /// `!p`
    Not(&'a str),
    /// `a|b`
    Pair(&'a str, &'a str),
    /// `{a, b}`
    Vector(Vec<Written<'a>>),
    /// `(a, b)`
    List(Vec<Written<'a>>),
    /// `[a+4]`
    Address(Box<Written<'a>>, i64),
}

/// Operands up to the semicolon, which is taken too.
pub(super) fn operands<'a>(cursor: &mut Cursor<'a>) -> Result<Vec<Written<'a>>, ParseError> {
    sequence(cursor, ';')
}

fn sequence<'a>(cursor: &mut Cursor<'a>, close: char) -> Result<Vec<Written<'a>>, ParseError> {
    let mut operands = Vec::new();
    if cursor.accept(close) {
        return Ok(operands);
    }
    loop {
        operands.push(operand(cursor)?);
        if cursor.accept(close) {
            return Ok(operands);
        }
        cursor.expect(',')?;
    }
}

fn operand<'a>(cursor: &mut Cursor<'a>) -> Result<Written<'a>, ParseError> {
    match cursor.peek() {
        Some(Lexeme::Punctuation('{')) => {
            cursor.next()?;
            Ok(Written::Vector(sequence(cursor, '}')?))
        }
        Some(Lexeme::Punctuation('(')) => {
            cursor.next()?;
            Ok(Written::List(sequence(cursor, ')')?))
        }
        Some(Lexeme::Punctuation('!')) => {
            cursor.next()?;
            Ok(Written::Not(cursor.word()?))
        }
        Some(Lexeme::Punctuation('[')) => {
            cursor.next()?;
            let base = operand(cursor)?;
            cursor.expect(']')?;
            Ok(match base {
                Written::Sum(name, offset) => {
                    Written::Address(Box::new(Written::Name(name)), offset)
                }
                base => Written::Address(Box::new(base), 0),
            })
        }
        Some(Lexeme::Word(name)) => {
            cursor.next()?;
            if cursor.accept('|') {
                return Ok(Written::Pair(name, cursor.word()?));
            }
            match cursor.peek() {
                Some(Lexeme::Punctuation('+')) => {
                    cursor.next()?;
                    let sign = if cursor.accept('-') { -1 } else { 1 };
                    Ok(Written::Sum(name, distance(cursor, sign)?))
                }
                Some(Lexeme::Punctuation('-')) => {
                    cursor.next()?;
                    Ok(Written::Sum(name, distance(cursor, -1)?))
                }
                _ => Ok(Written::Name(name)),
            }
        }
        Some(Lexeme::Punctuation('-')) => {
            cursor.next()?;
            Ok(match number(cursor)? {
                Written::Integer(value) => Written::Integer(value.wrapping_neg()),
                Written::Float(value) => Written::Float(-value),
                other => other,
            })
        }
        _ => number(cursor),
    }
}

fn number<'a>(cursor: &mut Cursor<'a>) -> Result<Written<'a>, ParseError> {
    let Some(Lexeme::Number(literal)) = cursor.peek() else {
        return Err(cursor.error("an operand expected"));
    };
    let written = match lexer::float(literal) {
        Some(value) => Written::Float(value),
        None => Written::Integer(
            lexer::integer(literal).ok_or_else(|| cursor.error("a number expected"))?,
        ),
    };
    cursor.next()?;
    Ok(written)
}

fn distance(cursor: &mut Cursor<'_>, sign: i64) -> Result<i64, ParseError> {
    match number(cursor)? {
        Written::Integer(value) => Ok((value as i64).wrapping_mul(sign)),
        _ => Err(cursor.error("a whole number of bytes expected")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexer::tokens;
    use super::*;

    fn read(text: &str) -> Vec<Written<'_>> {
        operands(&mut Cursor::new(text, tokens(text).unwrap())).unwrap()
    }

    #[test]
    fn forms() {
        assert_eq!(
            read("%r1, -2, 0f3F800000, !%p1, %p1|%p2, _;"),
            [
                Written::Name("%r1"),
                Written::Integer(u64::MAX - 1),
                Written::Float(1.0),
                Written::Not("%p1"),
                Written::Pair("%p1", "%p2"),
                Written::Name("_"),
            ]
        );
        assert_eq!(
            read("{%r1, %r2}, [%rd1+-8], [a-4], [16], b+4;"),
            [
                Written::Vector(vec![Written::Name("%r1"), Written::Name("%r2")]),
                Written::Address(Box::new(Written::Name("%rd1")), -8),
                Written::Address(Box::new(Written::Name("a")), -4),
                Written::Address(Box::new(Written::Integer(16)), 0),
                Written::Sum("b", 4),
            ]
        );
        assert_eq!(
            read("(a), f, (b, c);"),
            [
                Written::List(vec![Written::Name("a")]),
                Written::Name("f"),
                Written::List(vec![Written::Name("b"), Written::Name("c")]),
            ]
        );
        assert_eq!(read(";"), []);
    }
}
