//! Declarations of variables and parameters: type, name, size, initial bytes.

use super::cursor::Cursor;
use super::lexer::{self, Lexeme};
use super::ParseError;

/// What follows the space in `.global .align 4 .b8 x[32] = {...}`.
pub(super) struct Declaration<'a> {
    pub name: &'a str,
    /// `None` for `x[]`.
    pub bytes: Option<u64>,
    pub align: u32,
    pub initial: Vec<u8>,
}

/// Size in bytes of a type that memory can hold.
fn type_bytes(name: &str) -> Option<u32> {
    Some(match name {
        ".b8" | ".u8" | ".s8" => 1,
        ".b16" | ".u16" | ".s16" | ".f16" => 2,
        ".b32" | ".u32" | ".s32" | ".f32" => 4,
        ".b64" | ".u64" | ".s64" | ".f64" => 8,
        _ => return None,
    })
}

fn is_float(name: &str) -> bool {
    name.starts_with(".f")
}

/// A declaration up to its semicolon, comma or parenthesis, which is left.
pub(super) fn declaration<'a>(cursor: &mut Cursor<'a>) -> Result<Declaration<'a>, ParseError> {
    let mut align = None;
    let mut elements = 1;
    let (type_name, type_bytes) = loop {
        let word = cursor.word()?;
        match word {
            ".align" => {
                let value = cursor.count()?;
                if !value.is_power_of_two() {
                    return Err(cursor.error("an alignment is a power of two"));
                }
                align = Some(value);
            }
            ".v2" => elements = 2,
            ".v4" => elements = 4,
            _ => match type_bytes(word) {
                Some(bytes) => break (word, bytes),
                None => return Err(cursor.error(format!("`{word}` is no type of memory"))),
            },
        }
    };
    // `.ptr .global .align 16`: what a pointer parameter points to.
    if cursor.accept_word(".ptr") {
        while let Some(Lexeme::Word(".global" | ".const" | ".shared" | ".local" | ".align")) =
            cursor.peek()
        {
            if cursor.word()? == ".align" {
                cursor.count()?;
            }
        }
    }
    let name = cursor.word()?;
    let mut bytes = Some(u64::from(type_bytes) * elements);
    while cursor.accept('[') {
        if cursor.accept(']') {
            bytes = None;
        } else {
            let length = u64::from(cursor.count()?);
            bytes = bytes.and_then(|b| b.checked_mul(length));
            cursor.expect(']')?;
        }
    }
    let mut initial = Vec::new();
    if cursor.accept('=') {
        values(cursor, type_bytes, is_float(type_name), &mut initial)?;
        match bytes {
            None => bytes = Some(initial.len() as u64),
            Some(bytes) if bytes < initial.len() as u64 => {
                return Err(cursor.error("more initial values than the variable holds"));
            }
            Some(_) => {}
        }
    }
    Ok(Declaration {
        name,
        bytes,
        align: align.unwrap_or(type_bytes * elements as u32),
        initial,
    })
}

/// A number, or numbers in braces.
fn values(
    cursor: &mut Cursor<'_>,
    width: u32,
    float: bool,
    into: &mut Vec<u8>,
) -> Result<(), ParseError> {
    if cursor.accept('{') {
        loop {
            if cursor.accept('}') {
                return Ok(());
            }
            values(cursor, width, float, into)?;
            if !cursor.accept(',') {
                return cursor.expect('}');
            }
        }
    }
    let negative = cursor.accept('-');
    let Some(Lexeme::Number(literal)) = cursor.peek() else {
        return Err(cursor.error("a number expected: addresses as initial values are not known"));
    };
    let bits = match (lexer::float(literal), float) {
        (Some(value), true) => {
            let value = if negative { -value } else { value };
            match width {
                4 => u64::from((value as f32).to_bits()),
                8 => value.to_bits(),
                _ => return Err(cursor.error("floats have 32 or 64 bits")),
            }
        }
        (None, false) => {
            let value = lexer::integer(literal).ok_or_else(|| cursor.error("a number expected"))?;
            if negative {
                value.wrapping_neg()
            } else {
                value
            }
        }
        _ => return Err(cursor.error("an initial value of another type")),
    };
    cursor.next()?;
    into.extend_from_slice(&bits.to_le_bytes()[..width as usize]);
    Ok(())
}
