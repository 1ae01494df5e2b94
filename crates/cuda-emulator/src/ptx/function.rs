//! Bodies of entries and functions.

use super::bind::{bind, Bound};
use super::instruction::{Function, Guard, Instruction, Operand, Place};
use super::lexer::Lexeme;
use super::module::ParseError;
use super::operand::operands;
use super::operation::Width;
use super::parse::Parser;
use super::scope::{Name, Scopes};
use super::variable::declaration;

/// Reads a body from its opening brace to the closing one.
pub(super) fn body<'a>(
    parser: &mut Parser<'a>,
    name: &str,
    mut scopes: Scopes<'a>,
) -> Result<Function, ParseError> {
    parser.cursor.expect('{')?;
    let mut function = Function {
        name: name.to_owned(),
        ..Function::default()
    };
    while !scopes.is_closed() {
        statement(parser, &mut scopes, &mut function)?;
    }
    function.registers = scopes.registers;
    function.frame_bytes = scopes.frame_peak;
    function.shared = shared_variables(&function);
    Ok(function)
}

fn statement<'a>(
    parser: &mut Parser<'a>,
    scopes: &mut Scopes<'a>,
    function: &mut Function,
) -> Result<(), ParseError> {
    match parser.cursor.peek() {
        Some(Lexeme::Punctuation('{')) => {
            parser.cursor.next()?;
            scopes.open();
            Ok(())
        }
        Some(Lexeme::Punctuation('}')) => {
            parser.cursor.next()?;
            let instructions = &mut function.instructions;
            scopes
                .close(|instruction, target, destination| {
                    instructions[instruction as usize].targets[target] = destination;
                })
                .map_err(|e| parser.cursor.error(e))
        }
        Some(Lexeme::Punctuation(';')) => parser.cursor.next().map(|_| ()),
        Some(Lexeme::Punctuation('@')) => instruction(parser, scopes, function),
        Some(Lexeme::Word(word)) => {
            if parser.cursor.peek_second() == Some(Lexeme::Punctuation(':')) {
                return label(parser, scopes, function);
            }
            match word {
                ".reg" => registers(parser, scopes),
                ".local" => local(parser, scopes, function),
                ".shared" | ".global" | ".const" => {
                    parser.cursor.next()?;
                    let (name, meaning) = parser.variable(word)?;
                    scopes
                        .declare(name, meaning)
                        .map_err(|e| parser.cursor.error(e))
                }
                ".param" => {
                    let (name, bytes, align) = parser.parameter()?;
                    scopes
                        .declare_frame(name, bytes, align)
                        .map_err(|e| parser.cursor.error(e))?;
                    parser.cursor.expect(';')
                }
                ".pragma" => {
                    parser.cursor.next()?;
                    parser.pragma()
                }
                ".loc" => {
                    parser.skip_line();
                    Ok(())
                }
                _ if word.starts_with('.') => Err(parser
                    .cursor
                    .error(format!("the directive `{word}` is not known here"))),
                _ => instruction(parser, scopes, function),
            }
        }
        None => Err(parser.cursor.error("the text ends within a function")),
        _ => Err(parser.cursor.error("a statement expected")),
    }
}

/// `label:`, or `list: .branchtargets label, label;`
fn label<'a>(
    parser: &mut Parser<'a>,
    scopes: &mut Scopes<'a>,
    function: &Function,
) -> Result<(), ParseError> {
    let name = parser.cursor.word()?;
    parser.cursor.expect(':')?;
    let result = if parser.cursor.accept_word(".branchtargets") {
        let mut labels = vec![parser.cursor.word()?];
        while parser.cursor.accept(',') {
            labels.push(parser.cursor.word()?);
        }
        parser.cursor.expect(';')?;
        scopes.table(name, labels)
    } else {
        scopes.label(name, function.instructions.len() as u32)
    };
    result.map_err(|e| parser.cursor.error(e))
}

/// `.reg .b32 %a, %r<33>;`
fn registers<'a>(parser: &mut Parser<'a>, scopes: &mut Scopes<'a>) -> Result<(), ParseError> {
    let cursor = &mut parser.cursor;
    cursor.next()?;
    let width = match cursor.word()? {
        ".pred" => Width::Predicate,
        // A register of 8 bits serves loads, stores and conversions, which take wider ones.
        ".b8" | ".u8" | ".s8" | ".b16" | ".u16" | ".s16" => Width::W16,
        ".b32" | ".u32" | ".s32" | ".f32" => Width::W32,
        ".b64" | ".u64" | ".s64" | ".f64" => Width::W64,
        word => return Err(cursor.error(format!("registers of type `{word}` are not known"))),
    };
    loop {
        let name = cursor.word()?;
        let declared = if cursor.accept('<') {
            let count = cursor.count()?;
            cursor.expect('>')?;
            if count > 1 << 20 {
                return Err(cursor.error("too many registers"));
            }
            scopes.declare_family(name, count, width)
        } else {
            scopes.declare_register(name, width)
        };
        declared.map_err(|e| cursor.error(e))?;
        if cursor.accept(';') {
            return Ok(());
        }
        cursor.expect(',')?;
    }
}

fn local<'a>(
    parser: &mut Parser<'a>,
    scopes: &mut Scopes<'a>,
    function: &mut Function,
) -> Result<(), ParseError> {
    let cursor = &mut parser.cursor;
    cursor.next()?;
    let found = declaration(cursor)?;
    cursor.expect(';')?;
    let bytes = found.bytes.and_then(|b| u32::try_from(b).ok());
    // The most that a thread of any device has is 512 KiB.
    let bytes = bytes
        .filter(|&b| b <= 512 << 10 && found.initial.is_empty())
        .ok_or_else(|| cursor.error("a local variable of this size, or with initial values"))?;
    let offset = function.local_bytes.next_multiple_of(found.align);
    function.local_bytes = (offset + bytes).next_multiple_of(16);
    scopes
        .declare(found.name, Name::Place(Place::Local(offset)))
        .map_err(|e| cursor.error(e))
}

fn instruction<'a>(
    parser: &mut Parser<'a>,
    scopes: &mut Scopes<'a>,
    function: &mut Function,
) -> Result<(), ParseError> {
    let line = parser.cursor.line();
    let start = parser.cursor.start();
    let mut guard = None;
    if parser.cursor.accept('@') {
        let negated = parser.cursor.accept('!');
        let name = parser.cursor.word()?;
        let predicate = scopes
            .register(name)
            .ok()
            .filter(|&r| scopes.width(r) == Width::Predicate)
            .ok_or_else(|| parser.cursor.error(format!("`{name}` is no predicate")))?;
        guard = Some(Guard { predicate, negated });
    }
    let opcode = parser.cursor.word()?;
    let written = operands(&mut parser.cursor)?;
    let end = parser.cursor.end();
    let error = |detail: String| {
        let text = parser.cursor.text.get(start..end).unwrap_or("");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        ParseError::new(line, text, detail)
    };
    let Bound {
        operation,
        destinations,
        sources,
        address,
        labels,
        call,
    } = bind(opcode, written, scopes).map_err(error)?;
    let at = function.instructions.len() as u32;
    for (target, label) in labels.iter().enumerate() {
        scopes.branch(at, target, label).map_err(error)?;
    }
    function.instructions.push(Instruction {
        operation,
        guard,
        destinations,
        sources,
        address,
        targets: vec![0; labels.len()],
        call,
        line,
        span: start as u32..end as u32,
    });
    Ok(())
}

fn shared_variables(function: &Function) -> Vec<u32> {
    let mut shared: Vec<u32> = function
        .instructions
        .iter()
        .flat_map(|i| {
            let sources = i.sources.iter().map(|s| &s.operand);
            sources.chain(i.address.iter().map(|a| &a.base))
        })
        .filter_map(|operand| match operand {
            Operand::Address(Place::Shared(variable), _) => Some(*variable),
            _ => None,
        })
        .collect();
    shared.sort_unstable();
    shared.dedup();
    shared
}
