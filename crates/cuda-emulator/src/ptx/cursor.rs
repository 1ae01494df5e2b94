//! A walk over tokens, with errors that name the place.

use super::lexer::{Lexeme, Token};
use super::ParseError;

pub(super) struct Cursor<'a> {
    pub text: &'a str,
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str, tokens: Vec<Token<'a>>) -> Self {
        Self {
            text,
            tokens,
            at: 0,
        }
    }

    pub fn peek(&self) -> Option<Lexeme<'a>> {
        self.tokens.get(self.at).map(|t| t.lexeme)
    }

    /// The token after the next.
    pub fn peek_second(&self) -> Option<Lexeme<'a>> {
        self.tokens.get(self.at + 1).map(|t| t.lexeme)
    }

    pub fn next(&mut self) -> Result<Lexeme<'a>, ParseError> {
        let lexeme = self
            .peek()
            .ok_or_else(|| self.error("the text ends in the middle"))?;
        self.at += 1;
        Ok(lexeme)
    }

    /// Line of the next token, or of the last.
    pub fn line(&self) -> u32 {
        self.tokens
            .get(self.at)
            .or(self.tokens.last())
            .map_or(1, |t| t.line)
    }

    /// Where the next token begins.
    pub fn start(&self) -> usize {
        self.tokens
            .get(self.at)
            .map_or(self.text.len(), |t| t.start)
    }

    /// Where the last token taken ends.
    pub fn end(&self) -> usize {
        self.at
            .checked_sub(1)
            .and_then(|at| self.tokens.get(at))
            .map_or(0, |t| t.end)
    }

    /// An error at the next token, with its line of text.
    pub fn error(&self, detail: impl Into<String>) -> ParseError {
        let line = self.line();
        let text = self.text.lines().nth(line as usize - 1).unwrap_or("");
        ParseError::new(line, text.trim(), detail)
    }

    pub fn accept(&mut self, punctuation: char) -> bool {
        let found = self.peek() == Some(Lexeme::Punctuation(punctuation));
        self.at += usize::from(found);
        found
    }

    pub fn accept_word(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(Lexeme::Word(word));
        self.at += usize::from(found);
        found
    }

    pub fn expect(&mut self, punctuation: char) -> Result<(), ParseError> {
        if self.accept(punctuation) {
            Ok(())
        } else {
            Err(self.error(format!("`{punctuation}` expected")))
        }
    }

    pub fn word(&mut self) -> Result<&'a str, ParseError> {
        match self.peek() {
            Some(Lexeme::Word(word)) => {
                self.at += 1;
                Ok(word)
            }
            _ => Err(self.error("a name expected")),
        }
    }

    /// A decimal or hexadecimal count.
    pub fn count(&mut self) -> Result<u32, ParseError> {
        let value = match self.peek() {
            Some(Lexeme::Number(literal)) => super::lexer::integer(literal),
            _ => None,
        };
        let value = value
            .and_then(|v| u32::try_from(v).ok())
            .ok_or_else(|| self.error("a count expected"))?;
        self.at += 1;
        Ok(value)
    }
}
