//! How deep a parser, and the walks over its tree, may recurse into a source: an upper bound that holds
//! for any bytes, from one pass over the text.
//!
//! Every production that recurses begins with a token of its own, so what is open at any point is at
//! most the number of tokens since the last point where nothing was. The pass counts one *unit* for a
//! token and two for a bracket, and forgets them where the grammar leaves no choice:
//!
//! - A closing bracket ends what was opened since its opening one.
//! - `,` and `;` end every expression of their bracket level; `;` also ends its statements, unless
//!   `else` or `while` follows.
//! - Where a word cannot go on with what is before it (`} foo`, or `a` and `foo` on two lines),
//!   a statement or a class member has ended, or the parser has given up.
//!
//! The parser stops at the first bracket or token that does not fit, so what follows one is counted
//! wrong without harm. Strings, comments and templates are no depth. Whether `/` divides or begins a
//! regular expression is told by the token before it; where only a parser could tell (`} /`), every byte
//! of the rest of the line is counted and nothing that is open is forgotten ([`Scan::give_up_line`]).
//!
//! `tests/analyze_nesting.rs` holds this against the parser: every production, and mutations of them, on
//! a stack that is no larger than the bound says.

use memchr::{memchr, memchr2, memchr3, memmem};
use oxc_syntax::{identifier::is_irregular_whitespace, line_terminator::is_line_terminator};

use super::words::{self, Opens, is_word_byte};

/// An opening bracket stands for two tokens, since one level costs more than any other token and since
/// `a: b, c` loses the label that it may be.
const BRACKET: u32 = 2;
/// A group or class in a regular expression.
const GROUP: u32 = if cfg!(debug_assertions) { 14 } else { 2 };
/// No byte stands for more units.
pub(super) const MOST_PER_BYTE: usize = if BRACKET > GROUP { BRACKET } else { GROUP } as usize;

/// The most units that are open at once in `source`; `None` if they are more than `limit`, which bounds
/// what this takes of memory.
pub(super) fn units(source: &str, limit: usize) -> Option<usize> {
    // No larger sum than this overflows.
    if source.len() > (u32::MAX / 2) as usize / MOST_PER_BYTE {
        return None;
    }
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    let mut scan = Scan::new(source, limit);
    scan.run();
    let most = scan.most.max(scan.open);
    (most <= limit).then_some(most as usize)
}

/// How many bytes of `source` a parser reads a second time, about; each as often as it does. Parentheses that
/// begin with an assignment or a pattern are read as the parameters of an arrow function first, and again
/// when no arrow follows; so are those within them, each time.
pub(super) fn read_again(source: &str) -> u64 {
    // No larger sum than this overflows.
    if source.len() > (u32::MAX / 2) as usize / MOST_PER_BYTE {
        return u64::MAX;
    }
    let mut scan = Scan::new(source, u32::MAX);
    scan.run();
    scan.give_up_levels();
    scan.again
}

/// Whether a parser may take what follows an opening parenthesis for parameters: a pattern, or a name and
/// its default.
pub(super) fn may_be_parameters(inside: &[u8]) -> bool {
    let inside = without_spaces(inside);
    match inside.first() {
        Some(b'{' | b'[') => true,
        // A comment hides what it is.
        Some(b'/') => matches!(inside.get(1), Some(b'/' | b'*')),
        _ => {
            let name = inside.iter().take_while(|byte| is_word_byte(**byte) || **byte >= 0x80);
            let rest = without_spaces(&inside[name.count()..]);
            rest.first() == Some(&b'=') && !matches!(rest.get(1), Some(b'=' | b'>'))
        }
    }
}

/// Whether a parenthesis right after `before` is that of a call for certain, and not of one of `async`.
pub(super) fn is_call(before: &[u8]) -> bool {
    let name = before.iter().rev().take_while(|byte| is_word_byte(**byte)).count();
    let word = &before[before.len() - name..];
    name > 0 && word != b"async" && words::operand(word) == Some(true)
}

/// From the first byte on that is more than white space. What is not ASCII counts as part of a name.
fn without_spaces(text: &[u8]) -> &[u8] {
    let spaces = text.iter().take_while(|byte| **byte <= b' ').count();
    &text[spaces..]
}

/// What is open between a bracket and where the scan is.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Units of everything outside, and of the bracket.
    outside: u32,
    /// Tokens that a comma does not end: `if`, `else`, loops, `class`.
    statements: u32,
    /// Colons of labels, cases and properties.
    colons: u32,
    /// `?` that wait for their `:`.
    questions: u32,
    bracket: Bracket,
    /// Whether this is the parentheses of `if (...)` and its like, if that can be told.
    is_header: Option<bool>,
    /// After `as`, `satisfies` and `implements`, which the parser reads as TypeScript to refuse them later:
    /// there `<` may be a bracket.
    has_types: bool,
    /// The same outside.
    is_in_types: bool,
    /// Nothing is forgotten until this level ends.
    is_kept: bool,
    /// It begins here and may be parameters, so that it is read again if it is not.
    tried_from: Option<usize>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Bracket {
    /// None: the whole file.
    #[default]
    None,
    Paren,
    Square,
    Brace,
    /// Braces that are a block for certain.
    Block,
    /// `${`, after which the template goes on.
    Substitution,
    /// Whatever is open after a line that was given up.
    Unknown,
}

/// The token before, as far as it decides what the next one is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// An operator, an opening bracket, a comma: an operand comes next.
    Operator,
    Colon,
    /// A literal, `]`, a postfix operator, a name after a dot.
    Operand,
    /// `;`, or the start of the file.
    Statement,
    Dot,
    /// A name or keyword, from here.
    Word(usize),
    /// `)`, and whether a statement comes next.
    Paren {
        is_header: Option<bool>,
    },
    /// `}`, of a block for certain or of anything.
    Brace {
        is_block: bool,
    },
    /// What only a parser could tell.
    Unknown,
}

enum Slash {
    Divides,
    BeginsRegex,
    Unknown,
}

struct Scan<'a> {
    source: &'a str,
    bytes: &'a [u8],
    at: usize,
    levels: Vec<Level>,
    level: Level,
    /// Units that are open.
    open: u32,
    most: u32,
    /// Above this many the scan ends.
    limit: u32,
    before: Before,
    /// Where the word before ends; it begins where [`Before::Word`] says.
    word_end: usize,
    /// A line has ended since the token before.
    is_new_line: bool,
    /// A `;` was the token before: what it ends depends on the next.
    is_after_semicolon: bool,
    /// `for` is the word before `await`.
    is_for_await: bool,
    substitutions: u32,
    has_decorators: bool,
    /// See [`read_again`].
    again: u64,
}

impl<'a> Scan<'a> {
    fn new(source: &'a str, limit: u32) -> Self {
        Self {
            source,
            bytes: source.as_bytes(),
            at: 0,
            levels: Vec::new(),
            level: Level::default(),
            open: 0,
            most: 0,
            limit,
            before: Before::Statement,
            word_end: 0,
            is_new_line: true,
            is_after_semicolon: false,
            is_for_await: false,
            substitutions: 0,
            has_decorators: false,
            again: 0,
        }
    }

    fn run(&mut self) {
        if self.source.starts_with("#!") {
            self.line_comment();
        }
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                _ if is_word_byte(byte) => self.word(),
                b' ' | b'\t' | 0x0B | 0x0C => self.at += 1,
                b'\n' | b'\r' => {
                    self.is_new_line = true;
                    self.at += 1;
                    let indent = self.bytes[self.at..].iter().take_while(|byte| **byte == b' ');
                    self.at += indent.count();
                }
                b'/' => self.slash(),
                _ => self.punctuator(byte),
            }
        }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// A token of `len` bytes begins.
    #[inline]
    fn token(&mut self, len: usize, before: Before) {
        if self.is_after_semicolon {
            self.end_statement();
        }
        self.open += 1;
        self.at += len;
        self.before = before;
        self.is_new_line = false;
    }

    fn end_expression(&mut self) {
        self.most = self.most.max(self.open);
        if self.level.is_kept {
            return;
        }
        // `a: b: c, d` is two labels; `{ a: b, c: d }` and `[a ? b : c, d]` have none.
        if self.level.colons <= 1 {
            self.level.colons = 0;
        }
        self.level.questions = 0;
        self.open = self.level.outside + self.level.statements + self.level.colons;
    }

    fn end_statement(&mut self) {
        self.is_after_semicolon = false;
        self.most = self.most.max(self.open);
        if self.level.is_kept {
            return;
        }
        self.level.statements = 0;
        self.level.colons = 0;
        self.level.questions = 0;
        self.level.has_types = self.level.is_in_types;
        self.open = self.level.outside;
    }

    fn push(&mut self, len: usize, bracket: Bracket, is_header: Option<bool>) {
        self.token(
            len,
            if bracket == Bracket::Block { Before::Statement } else { Before::Operator },
        );
        self.open += BRACKET - 1;
        let has_types = self.level.has_types;
        let inner = Level {
            outside: self.open,
            bracket,
            is_header,
            has_types,
            is_in_types: has_types,
            ..Level::default()
        };
        self.levels.push(std::mem::replace(&mut self.level, inner));
        if self.open > self.limit {
            self.at = self.bytes.len();
        }
    }

    /// Returns what was closed. At the bottom there is nothing to close: either the parser has given up,
    /// or it is something before a line that was given up.
    fn pop(&mut self) -> Level {
        self.is_after_semicolon = false;
        self.is_new_line = false;
        self.most = self.most.max(self.open);
        let Some(outer) = self.levels.pop() else {
            self.end_statement();
            return Level::default();
        };
        let closed = std::mem::replace(&mut self.level, outer);
        // What was in brackets is one token of the level they stand in.
        self.open = closed.outside - BRACKET + 1;
        closed
    }

    fn punctuator(&mut self, byte: u8) {
        match byte {
            b'(' => {
                let is_header = match self.before {
                    Before::Word(start) => {
                        let word = &self.bytes[start..self.word_end];
                        let is_await = word == b"await" && self.is_for_await;
                        Some(is_await || words::begins_header(word))
                    }
                    Before::Unknown => None,
                    _ => Some(false),
                };
                let is_tried =
                    self.may_begin_operand() && may_be_parameters(&self.bytes[self.at + 1..]);
                let tried_from = is_tried.then_some(self.at);
                self.push(1, Bracket::Paren, is_header);
                self.level.tried_from = tried_from;
            }
            b'[' => self.push(1, Bracket::Square, Some(false)),
            b'{' => {
                let is_block = match self.before {
                    // In `for (;; {})` there are expressions after a `;`.
                    Before::Statement => {
                        matches!(
                            self.level.bracket,
                            Bracket::None | Bracket::Brace | Bracket::Block
                        )
                    }
                    Before::Paren { is_header } => is_header == Some(true),
                    Before::Word(start) => words::begins_block(&self.bytes[start..self.word_end]),
                    _ => false,
                };
                let bracket = if is_block { Bracket::Block } else { Bracket::Brace };
                self.push(1, bracket, Some(false));
            }
            b')' => {
                let Level { is_header, tried_from, .. } = self.pop();
                self.before = Before::Paren { is_header };
                self.at += 1;
                if let Some(start) = tried_from
                    && !without_spaces(&self.bytes[self.at..]).starts_with(b"=>")
                {
                    self.again += (self.at - start) as u64;
                }
            }
            b']' => {
                self.pop();
                self.before = Before::Operand;
                self.at += 1;
            }
            b'}' => {
                let closed = self.pop();
                self.at += 1;
                if closed.bracket == Bracket::Substitution {
                    self.substitutions -= 1;
                    self.template();
                } else {
                    self.before = Before::Brace { is_block: closed.bracket == Bracket::Block };
                }
            }
            b',' => {
                self.token(1, Before::Operator);
                self.end_expression();
            }
            b';' => {
                self.token(1, Before::Statement);
                self.end_expression();
                self.is_after_semicolon = true;
            }
            b'\'' | b'"' => self.string(byte),
            b'`' => {
                self.token(1, Before::Operand);
                self.template();
            }
            b':' => {
                self.token(1, Before::Colon);
                if self.level.questions > 0 {
                    self.level.questions -= 1;
                } else {
                    self.level.colons += 1;
                }
            }
            b'?' => match (self.peek(1), self.peek(2)) {
                (b'?', _) => self.token(2, Before::Operator),
                (b'.', digit) if !digit.is_ascii_digit() => self.token(2, Before::Dot),
                _ => {
                    self.token(1, Before::Operator);
                    self.level.questions += 1;
                }
            },
            b'.' => match (self.peek(1), self.peek(2)) {
                (b'.', b'.') => self.token(3, Before::Operator),
                _ => self.token(1, Before::Dot),
            },
            b'+' | b'-' if self.peek(1) == byte => {
                if byte == b'-' && self.peek(2) == b'>' && self.is_new_line {
                    return self.give_up_line();
                }
                let before = self.after_increment();
                self.token(2, before);
            }
            b'<' if self.bytes[self.at..].starts_with(b"<!--") => self.give_up_line(),
            b'<' if self.level.has_types => {
                self.token(1, Before::Operator);
                self.level.is_kept = true;
            }
            b'=' | b'<' | b'>' | b'&' | b'|' | b'^' | b'%' | b'*' => {
                let is_part = |&byte: &u8| matches!(byte, b'=' | b'>' | b'&' | b'|' | b'*');
                let rest = self.bytes[self.at + 1..].iter();
                let len = 1 + rest.take_while(|byte| is_part(byte)).count();
                self.token(len, Before::Operator);
            }
            b'@' => {
                self.has_decorators = true;
                self.token(1, Before::Operator);
            }
            0x80.. => {
                let Some(c) = self.source[self.at..].chars().next() else { return };
                if is_line_terminator(c) {
                    self.is_new_line = true;
                    self.at += c.len_utf8();
                } else if is_irregular_whitespace(c) {
                    self.at += c.len_utf8();
                } else {
                    self.word();
                }
            }
            b'\\' => self.word(),
            _ => self.token(1, Before::Operator),
        }
    }

    /// Whether a parenthesis may begin an operand here, and not the arguments of a call; those of `async` may be
    /// parameters all the same.
    fn may_begin_operand(&self) -> bool {
        let is_async = matches!(self.before, Before::Word(start) if &self.bytes[start..self.word_end] == b"async");
        is_async || self.is_after_operand() != Some(true)
    }

    /// What is open is not told any more: all that may be read again is taken to be.
    fn give_up_levels(&mut self) {
        for level in self.levels.iter().chain([&self.level]) {
            self.again += level.tried_from.map_or(0, |start| (self.bytes.len() - start) as u64);
        }
    }

    /// What `++` or `--` is, by what is before it.
    fn after_increment(&self) -> Before {
        match self.before {
            _ if self.is_new_line => Before::Operator,
            Before::Operand | Before::Paren { is_header: Some(false) } => Before::Operand,
            Before::Word(start) => match words::operand(&self.bytes[start..self.word_end]) {
                Some(true) => Before::Operand,
                Some(false) => Before::Operator,
                None => Before::Unknown,
            },
            Before::Operator
            | Before::Colon
            | Before::Statement
            | Before::Paren { is_header: Some(true) } => Before::Operator,
            _ => Before::Unknown,
        }
    }

    #[inline]
    fn word(&mut self) {
        let start = self.at;
        let rest = self.bytes[start..].iter();
        let mut end = start + rest.take_while(|byte| is_word_byte(**byte)).count();
        if self.bytes.get(end).is_some_and(|byte| *byte == b'\\' || *byte >= 0x80) {
            self.at = end;
            let is_escaped = self.skip_word();
            end = self.at;
            self.at = start;
            if is_escaped {
                // It may be any keyword.
                self.is_after_semicolon = false;
                self.level.is_kept = true;
                self.level.has_types = true;
                return self.token(end - start, Before::Unknown);
            }
        }
        let len = end - start;
        if self.before == Before::Dot {
            return self.token(len, Before::Operand);
        }
        let word = &self.bytes[start..end];
        let first = self.bytes[start];
        if first.is_ascii_digit() {
            return self.number(len);
        }
        if self.is_after_semicolon && matches!(word, b"else" | b"while") {
            self.is_after_semicolon = false;
        }
        let is_operand_next = matches!(self.before, Before::Operator | Before::Statement);
        if self.is_new_line || matches!(self.before, Before::Brace { .. } | Before::Colon) {
            self.end_before(word);
        }
        if first == b'#' {
            return self.token(len, Before::Operand);
        }
        if word == b"await" {
            let before = match self.before {
                Before::Word(start) => &self.bytes[start..self.word_end],
                _ => &[],
            };
            self.is_for_await = before == b"for";
        }
        self.token(len, Before::Word(start));
        self.word_end = end;
        match words::opens(word) {
            Opens::Nothing => {}
            Opens::Statement => self.level.statements += 1,
            Opens::Types => self.level.has_types |= !is_operand_next,
        }
    }

    /// Ends the statement before `word`, if it cannot go on with that word.
    fn end_before(&mut self, word: &[u8]) {
        let is_end = match self.before {
            Before::Brace { .. } => true,
            Before::Operand | Before::Paren { is_header: Some(false) } => self.is_new_line,
            Before::Word(start) => {
                self.is_new_line && !words::is_keyword(&self.bytes[start..self.word_end])
            }
            // `case a: case b:`
            Before::Colon => word == b"case",
            _ => false,
        };
        let goes_on = || words::goes_on(word) || (self.has_decorators && word == b"class");
        if is_end && !goes_on() {
            self.end_statement();
        }
    }

    fn number(&mut self, len: usize) {
        let digits = &self.bytes[self.at..self.at + len];
        let is_decimal = digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'_');
        let is_dotted = self.bytes.get(self.at + len) == Some(&b'.');
        if is_decimal && is_dotted && digits.len() > 1 && digits[0] == b'0' {
            // `010.a` is a member, `080.5` a fraction.
            return self.give_up_line();
        }
        self.token(len, Before::Operand);
        if is_decimal && is_dotted {
            self.at += 1;
            let rest = self.bytes[self.at..].iter();
            self.at += rest.take_while(|byte| is_word_byte(**byte)).count();
        }
    }

    /// To the end of the word. Whether there is an escape in it.
    fn skip_word(&mut self) -> bool {
        let mut is_escaped = false;
        loop {
            let rest = self.bytes[self.at..].iter();
            self.at += rest.take_while(|byte| is_word_byte(**byte)).count();
            let Some(&byte) = self.bytes.get(self.at) else { break };
            if byte == b'\\' {
                is_escaped = true;
                self.at += 1;
                if self.peek(0) == b'u' && self.peek(1) == b'{' {
                    let digits = self.bytes[self.at + 2..].iter();
                    self.at += 2 + digits.take_while(|byte| byte.is_ascii_hexdigit()).count();
                    self.at += usize::from(self.peek(0) == b'}');
                }
            } else if byte >= 0x80 {
                let Some(c) = self.source[self.at..].chars().next() else { break };
                if is_line_terminator(c) || is_irregular_whitespace(c) {
                    break;
                }
                self.at += c.len_utf8();
            } else {
                break;
            }
        }
        is_escaped
    }

    /// Without what is around it: a string that does not end is an error, after which the lexer goes on
    /// at the end of the line.
    fn string(&mut self, quote: u8) {
        self.token(1, Before::Operand);
        loop {
            let rest = &self.bytes[self.at..];
            let Some(found) = memchr3(quote, b'\\', b'\n', rest) else {
                self.at = self.bytes.len();
                return;
            };
            if let Some(end) = memchr(b'\r', &rest[..found]) {
                self.at += end;
                return;
            }
            self.at += found;
            match rest[found] {
                b'\n' => return,
                b'\\' if rest[found + 1..].starts_with(b"\r\n") => self.at += 3,
                b'\\' => self.at = (self.at + 2).min(self.bytes.len()),
                _ => {
                    self.at += 1;
                    return;
                }
            }
        }
    }

    /// To the end of the template or to its next substitution.
    fn template(&mut self) {
        loop {
            let Some(found) = memchr3(b'`', b'\\', b'$', &self.bytes[self.at..]) else {
                self.at = self.bytes.len();
                return;
            };
            self.at += found;
            match self.bytes[self.at] {
                b'`' => {
                    self.at += 1;
                    self.before = Before::Operand;
                    self.is_new_line = false;
                    return;
                }
                b'\\' => self.at = (self.at + 2).min(self.bytes.len()),
                _ if self.peek(1) == b'{' => {
                    self.substitutions += 1;
                    return self.push(2, Bracket::Substitution, Some(false));
                }
                _ => self.at += 1,
            }
        }
    }

    fn slash(&mut self) {
        match self.peek(1) {
            b'/' => self.line_comment(),
            b'*' => self.block_comment(),
            _ => match self.slash_is() {
                Slash::Divides => self.token(1, Before::Operator),
                Slash::BeginsRegex => self.regex(),
                Slash::Unknown => self.give_up_line(),
            },
        }
    }

    /// Whether what is before ends an operand; `None` where only a parser could tell.
    fn is_after_operand(&self) -> Option<bool> {
        match self.before {
            Before::Operator | Before::Colon | Before::Statement => Some(false),
            Before::Operand | Before::Dot => Some(true),
            Before::Word(start) => words::operand(&self.bytes[start..self.word_end]),
            Before::Paren { is_header } => is_header.map(|is_header| !is_header),
            Before::Brace { is_block } => is_block.then_some(false),
            Before::Unknown => None,
        }
    }

    fn slash_is(&self) -> Slash {
        match self.is_after_operand() {
            Some(false) => Slash::BeginsRegex,
            // After a name that is declared, or the string of an import, a line ends the statement.
            Some(true) if !self.is_new_line => Slash::Divides,
            _ => Slash::Unknown,
        }
    }

    /// Groups nest: what is in the expression is read by a parser of its own.
    fn regex(&mut self) {
        let mut in_class = false;
        let mut groups: u32 = 0;
        self.token(1, Before::Operand);
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'/' if !in_class => break,
                b'\n' | b'\r' => break,
                b'[' => {
                    in_class = true;
                    groups += 1;
                }
                b'(' => groups += 1,
                b']' => in_class = false,
                _ => {}
            }
        }
        // An escape may have skipped past the end, or into a character.
        self.at = self.source.ceil_char_boundary(self.at.min(self.bytes.len()));
        self.most = self.most.max(self.open.saturating_add(groups * GROUP));
        self.at += self.bytes[self.at..].iter().take_while(|byte| is_word_byte(**byte)).count();
    }

    fn line_comment(&mut self) {
        self.at = self.line_end(self.at);
    }

    /// Where the line of `at` ends, before its terminator.
    fn line_end(&self, mut at: usize) -> usize {
        while let Some(found) = memchr3(b'\n', b'\r', 0xE2, &self.bytes[at..]) {
            at += found;
            if self.bytes[at] != 0xE2 || self.source[at..].starts_with(is_line_terminator) {
                return at;
            }
            at += 1;
        }
        self.bytes.len()
    }

    fn block_comment(&mut self) {
        let body = &self.bytes[self.at + 2..];
        let len = memmem::find(body, b"*/").map_or(body.len(), |end| end + 2);
        self.is_new_line |= memchr2(b'\n', b'\r', &body[..len]).is_some()
            || (memchr(0xE2, &body[..len]).is_some()
                && self.source[self.at..self.at + 2 + len].contains(is_line_terminator));
        self.at += 2 + len;
    }

    /// Counts every byte to the end of the line, and forgets nothing that is open here. A template or a
    /// comment may begin on it, and a substitution end: then it is the rest of the file.
    fn give_up_line(&mut self) {
        let line_end = |from: usize| {
            memchr2(b'\n', b'\r', &self.bytes[from..]).map_or(self.bytes.len(), |len| from + len)
        };
        let mut end = line_end(self.at);
        // A string may go on.
        while end < self.bytes.len() && self.bytes[..end].ends_with(b"\\") {
            end = line_end(end + if self.bytes[end..].starts_with(b"\r\n") { 2 } else { 1 });
        }
        let line = &self.bytes[self.at..end];
        let may_go_on = memchr(b'`', line).is_some() || memmem::find(line, b"/*").is_some();
        if self.substitutions > 0 || may_go_on {
            end = self.bytes.len();
        }
        let len = u32::try_from(end - self.at).unwrap_or(u32::MAX);
        self.open = self.open.saturating_add(len.saturating_mul(BRACKET));
        self.at = if self.open > self.limit { self.bytes.len() } else { end };
        // What would have been known of the line, and what was of the levels, may matter after it.
        let outer = || self.levels.iter().chain([&self.level]);
        let is_kept = outer().any(|level| level.is_kept);
        let is_in_types = outer().any(|level| level.has_types)
            || line.split(|byte| !is_word_byte(*byte)).any(words::opens_types);
        self.has_decorators |= memchr(b'@', line).is_some();
        let bracket = Bracket::Unknown;
        self.give_up_levels();
        self.level = Level {
            outside: self.open,
            bracket,
            is_kept: is_kept || memchr(b'\\', line).is_some(),
            has_types: is_in_types,
            is_in_types,
            ..Level::default()
        };
        self.levels.clear();
        self.before = Before::Unknown;
        self.is_after_semicolon = false;
        self.is_new_line = true;
    }
}

#[cfg(test)]
mod tests {
    fn units(source: &str) -> usize {
        super::units(source, usize::MAX).expect("no limit")
    }

    #[test]
    fn brackets_are_depth_and_closed_ones_are_not() {
        assert_eq!(units(""), 0);
        assert_eq!(units("[[[]]]"), 6);
        assert_eq!(units("f(a);"), units(&"f(a);".repeat(1000)));
        assert!(units(&"a([{b:`${c}`}]);\n".repeat(1000)) < 20);
        assert!(
            units(&"function f(a, b) { return a + b }\nclass A { m() {} n() {} }\n".repeat(1000))
                < 30
        );
        assert!(units(&"const a = f(b)\nlet c = d\nimport 'e'\n".repeat(1000)) < 30);
        assert!(units(&format!("x = {{{}}}", "a: [1, 2], b: c ? d : e,".repeat(1000))) < 30);
        assert!(units(&format!("switch (a) {{ {} }}", "case 1: case 2: b()\n".repeat(1000))) < 30);
    }

    #[test]
    fn what_is_balanced_may_still_be_open() {
        for link in [
            "a?{}:",
            "a?b:",
            "+\"a{b}\"",
            "+`${a}`",
            "||{}",
            ".t(function(){})",
            "if(a){}else ",
            "if(a);else ",
            "for(;;)",
            "do ",
            "a=>",
            "a:",
            "class extends a,",
            "i\\u0066(a)\nif(a)\n",
            "a as A<B,",
            "@a\nclass extends ",
        ] {
            assert!(units(&link.repeat(1000)) >= 1000, "{link}");
        }
        // What was on a line that is given up goes on after it.
        for (start, link) in [
            ("} /[{(]/;a as unique\n", "A<B\n,unique\n"),
            ("a as A<B,\n{}/'/,\n", "A<B,"),
            ("} /'/ @a\n", "class extends b\n"),
        ] {
            assert!(units(&(start.to_owned() + &link.repeat(1000))) >= 1000, "{start}");
        }
    }

    #[test]
    fn what_may_be_parameters_is_read_again_if_no_arrow_follows() {
        use super::read_again;
        for (source, again) in [
            ("(a=1)", 5),
            ("({a}=1)", 7),
            ("x=([a]=1)", 7),
            ("async(a=1)", 5),
            ("return (a=1)", 5),
            ("(\x0b a\n= 1)", 9),
            ("(\u{a0}a=1)", 7),
            ("(a=(b=1))", 9 + 5),
            ("(a=", 3),
            ("if(b)(a=1)", 5),
            ("(a=1)=>1", 0),
            ("({a})\n=>1", 0),
            ("f({a:1})", 0),
            ("f(a=1)", 0),
            ("f()(a=1)", 0),
            ("(a==1)", 0),
            ("(a=>1)", 0),
            ("(a,b=1)", 0),
            ("'(a=1)'", 0),
        ] {
            assert_eq!(read_again(source), again, "{source}");
        }
    }

    #[test]
    fn text_is_no_depth() {
        for text in ["'{}'", "\"{}\"", "`{}`", "/*{}*/", "//{}\n", "x=/[{}]/"] {
            let source = text.replace("{}", &"[{(".repeat(40_000));
            let most = if text.contains('=') { 40_000 + 10 } else { 10 };
            assert!(units(&source.replace("[{(", "{{{")) <= most, "{text}");
        }
    }

    #[test]
    fn a_slash_is_told_by_what_is_before_it() {
        let deep = "[".repeat(100);
        // What follows the regular expression, or the division, is code.
        for source in [
            "a = /'/;",
            "if (a) /'/;",
            "return /'/;",
            "a++ / 2;",
            "a[0] / 2; b = /\"/",
            "a\n++/'/.b;",
            "break\n/'/;",
            "a.return / 2; b = /'/",
        ] {
            assert!(units(&format!("{source} {deep}")) >= 200, "{source}");
        }
        // Where it cannot be told, nothing is skipped.
        for source in [
            "} /'",
            "a = {} /'",
            "yield /'",
            "x <!--'",
            "\n--> '",
            "010.if(a)/'",
            "\\u0061 /'",
            "var a\n/'/;",
            "import 'a'\n/'/;",
            "for(;;{}/'",
        ] {
            assert!(units(&format!("{source} {deep}")) >= 200, "{source}");
        }
    }
}
