//! Why a source cannot be analysed, and where.

use std::fmt;

use oxc_diagnostics::OxcDiagnostic;
use oxc_span::Span;

use super::{code_frame::code_frame, location::line_and_column};

/// What a caller can do differently about an [`AnalyzeError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Not a program in this grammar; the engine refuses it too.
    Syntax,
    /// `import defer` or `import source`, which a record cannot say.
    UnsupportedPhase,
    /// A specifier or attribute that is not Unicode text, so UTF-8 cannot hold it.
    LoneSurrogate,
    /// Nested deeper than engines go, or than this machine has memory for.
    TooDeep,
}

/// A source that has no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyzeError {
    kind: ErrorKind,
    message: String,
    offset: usize,
    line: u32,
    column: u32,
}

impl AnalyzeError {
    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// A stable name for [`kind`](Self::kind).
    pub fn code(&self) -> &'static str {
        match self.kind {
            ErrorKind::Syntax => "BMES_SYNTAX_ERROR",
            ErrorKind::UnsupportedPhase => "BMES_UNSUPPORTED_PHASE",
            ErrorKind::LoneSurrogate => "BMES_LONE_SURROGATE",
            ErrorKind::TooDeep => "BMES_TOO_DEEP",
        }
    }

    /// The fact, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Byte offset into the source.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Line, from 1.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// Column, from 1, in UTF-16 units.
    pub fn column(&self) -> u32 {
        self.column
    }

    /// The lines around the error in `source`, the text that was analysed, with a caret under it.
    pub fn code_frame(&self, source: &str) -> String {
        code_frame(source, self.offset)
    }

    pub(super) fn syntax(source: &str, span: Span, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Syntax, source, span.start as usize, message.into())
    }

    pub(super) fn unsupported_phase(source: &str, span: Span, phase: &str) -> Self {
        let message = format!("import {phase} cannot be cached; import the module as it is");
        Self::new(ErrorKind::UnsupportedPhase, source, span.start as usize, message)
    }

    pub(super) fn lone_surrogate(source: &str, span: Span, what: &str) -> Self {
        let message = format!("{what} with a lone surrogate cannot be stored as UTF-8");
        Self::new(ErrorKind::LoneSurrogate, source, span.start as usize, message)
    }

    pub(super) fn too_deep() -> Self {
        let message = "The source is nested too deeply to be read".to_owned();
        Self::new(ErrorKind::TooDeep, "", 0, message)
    }

    /// The first of `diagnostics` in the source, if any is an error.
    pub(super) fn first_of(source: &str, diagnostics: &[OxcDiagnostic]) -> Option<Self> {
        let (offset, first) = diagnostics.iter().map(|d| (offset_of(d), d)).min_by_key(|d| d.0)?;
        Some(Self::new(ErrorKind::Syntax, source, offset, first.message.to_string()))
    }

    fn new(kind: ErrorKind, source: &str, offset: usize, message: String) -> Self {
        let (line, column) = line_and_column(source, offset);
        Self { kind, message, offset, line, column }
    }
}

/// Where `diagnostic` points first.
pub(super) fn offset_of(diagnostic: &OxcDiagnostic) -> usize {
    diagnostic.labels.first().map_or(0, |label| label.offset() as usize)
}

impl fmt::Display for AnalyzeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {}, column {}", self.message, self.line, self.column)
    }
}

impl std::error::Error for AnalyzeError {}
