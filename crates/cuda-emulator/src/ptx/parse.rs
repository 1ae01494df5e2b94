//! Module scope: directives, variables, entries and functions.

use std::collections::HashMap;
use std::sync::Arc;

use super::cursor::Cursor;
use super::function;
use super::instruction::Place;
use super::lexer::{self, Lexeme};
use super::module::{Entry, Module, Param, ParseError, SharedVariable, Space, Variable};
use super::scope::{Name, Scopes};
use super::variable::declaration;

/// A module in the making, and the names of module scope.
pub(super) struct Parser<'a> {
    pub cursor: Cursor<'a>,
    pub module: Module,
    names: HashMap<&'a str, Name>,
}

pub(super) fn parse(text: &str) -> Result<Module, ParseError> {
    let mut parser = Parser {
        cursor: Cursor::new(text, lexer::tokens(text)?),
        module: Module {
            version: (0, 0),
            target: String::new(),
            entries: Vec::new(),
            variables: Vec::new(),
            shared: Vec::new(),
            functions: Vec::new(),
            text: Arc::from(text),
        },
        names: HashMap::new(),
    };
    while parser.cursor.peek().is_some() {
        parser.directive()?;
    }
    if parser.module.version == (0, 0) {
        return Err(parser.cursor.error("a PTX text begins with `.version`"));
    }
    parser.resolve_calls()?;
    parser.add_up();
    Ok(parser.module)
}

impl<'a> Parser<'a> {
    fn directive(&mut self) -> Result<(), ParseError> {
        if self.cursor.accept(';') {
            return Ok(());
        }
        let word = self.cursor.word()?;
        match word {
            ".version" => {
                self.module.version = match self.cursor.peek() {
                    Some(Lexeme::Number(number)) => number
                        .split_once('.')
                        .and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)))
                        .ok_or_else(|| self.cursor.error("a version expected"))?,
                    _ => return Err(self.cursor.error("a version expected")),
                };
                self.cursor.next()?;
            }
            ".target" => {
                self.module.target = self.cursor.word()?.to_owned();
                while self.cursor.accept(',') {
                    self.cursor.word()?;
                }
            }
            ".address_size" => {
                if self.cursor.count()? != 64 {
                    return Err(self.cursor.error("addresses have 64 bits"));
                }
            }
            ".visible" | ".weak" | ".common" | ".extern" => {}
            ".file" | ".loc" => self.skip_line(),
            ".section" => self.skip_section()?,
            ".global" | ".const" | ".shared" => {
                let (name, meaning) = self.variable(word)?;
                self.name(name, meaning)?;
            }
            ".entry" => self.entry()?,
            ".func" => self.function()?,
            _ => {
                return Err(self
                    .cursor
                    .error(format!("the directive `{word}` is not known")))
            }
        }
        Ok(())
    }

    fn name(&mut self, name: &'a str, meaning: Name) -> Result<(), ParseError> {
        match self.names.insert(name, meaning) {
            None => Ok(()),
            Some(_) => Err(self.cursor.error(format!("`{name}` is declared twice"))),
        }
    }

    /// A variable of device memory, which may stand within a function too.
    pub fn variable(&mut self, space: &str) -> Result<(&'a str, Name), ParseError> {
        let found = declaration(&mut self.cursor)?;
        let place = if space == ".shared" {
            let bytes = found.bytes.unwrap_or(0);
            self.module.shared.push(SharedVariable {
                name: found.name.to_owned(),
                bytes: u32::try_from(bytes)
                    .map_err(|_| self.cursor.error("too much shared memory"))?,
                align: found.align,
                dynamic: found.bytes.is_none(),
            });
            Place::Shared(self.module.shared.len() as u32 - 1)
        } else {
            let bytes = found
                .bytes
                .ok_or_else(|| self.cursor.error("a variable of another module"))?;
            self.module.variables.push(Variable {
                name: found.name.to_owned(),
                space: match space {
                    ".const" => Space::Const,
                    _ => Space::Global,
                },
                bytes,
                align: found.align,
                initial: found.initial,
            });
            Place::Variable(self.module.variables.len() as u32 - 1)
        };
        self.cursor.expect(';')?;
        Ok((found.name, Name::Place(place)))
    }

    fn entry(&mut self) -> Result<(), ParseError> {
        let name = self.cursor.word()?;
        let mut scopes = Scopes::new(self.names.clone());
        let mut params = Vec::<Param>::new();
        let mut end = 0_u32;
        if self.cursor.accept('(') && !self.cursor.accept(')') {
            loop {
                let (param, bytes, align) = self.parameter()?;
                let offset = end.next_multiple_of(align);
                end = offset + bytes;
                scopes
                    .declare(param, Name::Place(Place::Param(offset)))
                    .map_err(|e| self.cursor.error(e))?;
                params.push(Param {
                    name: param.to_owned(),
                    bytes,
                    align,
                    offset,
                });
                if self.cursor.accept(')') {
                    break;
                }
                self.cursor.expect(',')?;
            }
        }
        let mut entry = Entry {
            name: name.to_owned(),
            params,
            shared_bytes: 0,
            local_bytes: 0,
            max_threads: None,
            required_block: None,
            function: self.module.functions.len(),
        };
        while let Some(Lexeme::Word(word)) = self.cursor.peek() {
            self.cursor.next()?;
            match word {
                ".maxntid" | ".reqntid" => {
                    let shape = self.shape()?;
                    entry.max_threads = Some(shape.iter().product());
                    if word == ".reqntid" {
                        entry.required_block = Some(shape);
                    }
                }
                ".minnctapersm" | ".maxnreg" | ".maxnctapersm" => {
                    self.cursor.count()?;
                }
                ".pragma" => self.pragma()?,
                _ => {
                    return Err(self
                        .cursor
                        .error(format!("the directive `{word}` is not known here")))
                }
            }
        }
        let body = function::body(self, name, scopes)?;
        self.module.functions.push(body);
        self.module.entries.push(entry);
        Ok(())
    }

    fn function(&mut self) -> Result<(), ParseError> {
        let mut scopes = Scopes::new(self.names.clone());
        let mut results = Vec::new();
        if self.cursor.accept('(') {
            results = self.frame_parameters(&mut scopes)?;
        }
        let name = self.cursor.word()?;
        let mut parameters = Vec::new();
        if self.cursor.accept('(') {
            parameters = self.frame_parameters(&mut scopes)?;
        }
        self.cursor.accept_word(".noreturn");
        // A declaration: the body stands elsewhere in the text, or nowhere.
        if self.cursor.accept(';') {
            return Ok(());
        }
        let mut body = function::body(self, name, scopes)?;
        body.parameters = parameters;
        body.results = results;
        self.module.functions.push(body);
        Ok(())
    }

    /// Parameters of a device function up to the closing parenthesis; their places in its frame.
    fn frame_parameters(
        &mut self,
        scopes: &mut Scopes<'a>,
    ) -> Result<Vec<std::ops::Range<u32>>, ParseError> {
        let mut ranges = Vec::new();
        if self.cursor.accept(')') {
            return Ok(ranges);
        }
        loop {
            let (name, bytes, align) = self.parameter()?;
            let range = scopes
                .declare_frame(name, bytes, align)
                .map_err(|e| self.cursor.error(e))?;
            ranges.push(range);
            if self.cursor.accept(')') {
                return Ok(ranges);
            }
            self.cursor.expect(',')?;
        }
    }

    /// `.param` with its declaration: name, bytes, alignment.
    pub fn parameter(&mut self) -> Result<(&'a str, u32, u32), ParseError> {
        if !self.cursor.accept_word(".param") {
            return Err(self.cursor.error("`.param` expected"));
        }
        let found = declaration(&mut self.cursor)?;
        let bytes = found.bytes.and_then(|b| u32::try_from(b).ok());
        // What a kernel can be given, in CUDA 12.
        let bytes = bytes.filter(|&b| b <= 4096).ok_or_else(|| {
            self.cursor
                .error("a parameter without a size, or too large")
        })?;
        Ok((found.name, bytes, found.align))
    }

    /// One to three counts.
    fn shape(&mut self) -> Result<[u32; 3], ParseError> {
        let mut shape = [1; 3];
        for (axis, length) in shape.iter_mut().enumerate() {
            if axis > 0 && !self.cursor.accept(',') {
                break;
            }
            *length = self.cursor.count()?;
        }
        Ok(shape)
    }

    pub fn pragma(&mut self) -> Result<(), ParseError> {
        match self.cursor.next()? {
            Lexeme::Text(_) => self.cursor.expect(';'),
            _ => Err(self.cursor.error("a string expected")),
        }
    }

    /// Leaves out the tokens of a line, as `.loc` has no semicolon.
    pub fn skip_line(&mut self) {
        let line = self.cursor.line();
        while self.cursor.peek().is_some() && self.cursor.line() == line {
            if self.cursor.next().is_err() {
                return;
            }
        }
    }

    /// Leaves out debugging information.
    fn skip_section(&mut self) -> Result<(), ParseError> {
        while !self.cursor.accept('{') {
            self.cursor.next()?;
        }
        while !self.cursor.accept('}') {
            self.cursor.next()?;
        }
        Ok(())
    }

    /// Every function that is called has a body, and parameters of the sizes it is given.
    fn resolve_calls(&self) -> Result<(), ParseError> {
        let module = &self.module;
        let lengths = |ranges: &[std::ops::Range<u32>]| -> Vec<usize> {
            ranges.iter().map(ExactSizeIterator::len).collect()
        };
        for function in &module.functions {
            for instruction in &function.instructions {
                let Some(call) = &instruction.call else {
                    continue;
                };
                let error = |detail: String| {
                    ParseError::new(
                        instruction.line,
                        module.instruction_text(instruction),
                        detail,
                    )
                };
                let Some(callee) = module.function(&call.callee) else {
                    return Err(error(format!("the function `{}` has no body", call.callee)));
                };
                let callee = &module.functions[callee];
                if lengths(&callee.parameters) != lengths(&call.arguments)
                    || lengths(&callee.results) != lengths(&call.results)
                {
                    return Err(error("the parameters are not the function's".to_owned()));
                }
            }
        }
        Ok(())
    }

    /// Sums up the memory of each entry over the functions it calls.
    fn add_up(&mut self) {
        for at in 0..self.module.entries.len() {
            let module = &self.module;
            let reachable = module.reachable(module.entries[at].function);
            let local = reachable
                .iter()
                .map(|&f| module.functions[f].local_bytes)
                .sum();
            let mut shared: Vec<u32> = reachable
                .iter()
                .flat_map(|&f| module.functions[f].shared.iter().copied())
                .collect();
            shared.sort_unstable();
            shared.dedup();
            let bytes = shared.iter().fold(0_u32, |end, &v| {
                let variable = &module.shared[v as usize];
                match variable.dynamic {
                    true => end,
                    false => end.next_multiple_of(variable.align) + variable.bytes,
                }
            });
            let entry = &mut self.module.entries[at];
            entry.local_bytes = local;
            entry.shared_bytes = bytes;
        }
    }
}
