//! What a name or keyword says about the tokens beside it, for [`depth`](super::depth).

/// A byte of a name, a keyword or a number. Others that are not ASCII, and escapes, are looked at apart.
#[inline]
pub(super) fn is_word_byte(byte: u8) -> bool {
    WORD_BYTES[byte as usize]
}

static WORD_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let is_word = (byte as u8).is_ascii_alphanumeric();
        table[byte] = is_word || matches!(byte as u8, b'_' | b'$' | b'#');
        byte += 1;
    }
    table
};

/// What a word opens.
pub(super) enum Opens {
    Nothing,
    /// What a comma does not end.
    Statement,
    /// TypeScript, if an operand is before it.
    Types,
}

/// Whether TypeScript may follow `word`.
pub(super) fn opens_types(word: &[u8]) -> bool {
    matches!(word, b"as" | b"satisfies" | b"implements")
}

/// Looked at for every word of a source, so by length first.
#[inline]
pub(super) fn opens(word: &[u8]) -> Opens {
    // Few words begin so.
    if !matches!(word[0], b'a' | b'c'..=b'f' | b'i' | b's' | b'w') {
        return Opens::Nothing;
    }
    match word.len() {
        2 => match word {
            b"if" | b"do" => Opens::Statement,
            b"as" => Opens::Types,
            _ => Opens::Nothing,
        },
        3 if word == b"for" => Opens::Statement,
        4 if word == b"else" || word == b"with" => Opens::Statement,
        5 if word == b"while" || word == b"class" => Opens::Statement,
        9 if word == b"satisfies" => Opens::Types,
        10 if word == b"implements" => Opens::Types,
        _ => Opens::Nothing,
    }
}

/// Whether a statement follows the parentheses after `word`.
pub(super) fn begins_header(word: &[u8]) -> bool {
    matches!(word, b"if" | b"for" | b"while" | b"with")
}

/// Whether braces after `word` are a block for certain.
pub(super) fn begins_block(word: &[u8]) -> bool {
    matches!(word, b"else" | b"do" | b"try" | b"finally")
}

/// Whether `word`, not after a dot, ends an operand (a name) or begins one (`return`). `None` for those
/// that do either, by where they are.
pub(super) fn operand(word: &[u8]) -> Option<bool> {
    match word {
        b"return" | b"typeof" | b"instanceof" | b"in" | b"new" | b"delete" | b"void" | b"throw"
        | b"case" | b"do" | b"else" | b"extends" | b"default" | b"break" | b"continue"
        | b"debugger" => Some(false),
        b"of" | b"yield" | b"await" | b"let" | b"static" | b"as" | b"satisfies" => None,
        _ => Some(true),
    }
}

/// Whether what is before `word` may go on with it.
pub(super) fn goes_on(word: &[u8]) -> bool {
    matches!(
        word,
        b"in"
            | b"of"
            | b"instanceof"
            | b"as"
            | b"satisfies"
            | b"is"
            | b"from"
            | b"extends"
            | b"implements"
            | b"else"
            | b"while"
            | b"catch"
            | b"finally"
            | b"with"
    )
}

/// Whether `word` means something in some grammar that the parser reads, TypeScript's included, so that
/// what follows it may belong to it.
pub(super) fn is_keyword(word: &[u8]) -> bool {
    // Names are mostly longer, or have a capital or a digit in them.
    if !(2..=11).contains(&word.len()) || !word.iter().all(u8::is_ascii_lowercase) {
        return false;
    }
    matches!(
        word,
        b"as"
            | b"do"
            | b"if"
            | b"in"
            | b"is"
            | b"of"
            | b"any"
            | b"for"
            | b"get"
            | b"let"
            | b"new"
            | b"out"
            | b"set"
            | b"try"
            | b"var"
            | b"case"
            | b"else"
            | b"enum"
            | b"from"
            | b"meta"
            | b"type"
            | b"void"
            | b"with"
            | b"async"
            | b"await"
            | b"break"
            | b"catch"
            | b"class"
            | b"const"
            | b"infer"
            | b"keyof"
            | b"never"
            | b"throw"
            | b"using"
            | b"while"
            | b"yield"
            | b"defer"
            | b"assert"
            | b"bigint"
            | b"delete"
            | b"export"
            | b"global"
            | b"import"
            | b"module"
            | b"number"
            | b"object"
            | b"public"
            | b"return"
            | b"static"
            | b"string"
            | b"switch"
            | b"symbol"
            | b"target"
            | b"typeof"
            | b"unique"
            | b"source"
            | b"asserts"
            | b"boolean"
            | b"declare"
            | b"default"
            | b"extends"
            | b"finally"
            | b"package"
            | b"private"
            | b"require"
            | b"unknown"
            | b"abstract"
            | b"accessor"
            | b"continue"
            | b"debugger"
            | b"function"
            | b"override"
            | b"readonly"
            | b"interface"
            | b"intrinsic"
            | b"namespace"
            | b"protected"
            | b"satisfies"
            | b"implements"
            | b"instanceof"
    )
}
