//! Sources as the engine stores text: one byte a character where Latin-1 holds all of it, UTF-16
//! otherwise, so that they become external strings without a copy.

use std::borrow::Cow;

/// How a source's characters are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Encoding {
    /// One byte a character, U+0000 to U+00FF.
    Latin1 = 0,
    /// Two bytes a unit, little-endian.
    Utf16 = 1,
}

/// A source's text in one of the two encodings.
#[derive(Debug, Clone)]
pub struct SourceText<'a> {
    /// How `bytes` are to be read.
    pub encoding: Encoding,
    /// The text.
    pub bytes: Cow<'a, [u8]>,
}

impl<'a> SourceText<'a> {
    /// Encodes `text`, borrowing it where its UTF-8 is its Latin-1 (ASCII).
    pub fn new(text: &'a str) -> Self {
        if text.is_ascii() {
            return Self { encoding: Encoding::Latin1, bytes: Cow::Borrowed(text.as_bytes()) };
        }
        let mut bytes = Vec::with_capacity(text.len());
        for character in text.chars() {
            match u8::try_from(u32::from(character)) {
                Ok(byte) => bytes.push(byte),
                Err(_) => return Self::utf16(text),
            }
        }
        Self { encoding: Encoding::Latin1, bytes: Cow::Owned(bytes) }
    }

    fn utf16(text: &str) -> Self {
        let mut bytes = Vec::with_capacity(2 * text.len());
        for unit in text.encode_utf16() {
            bytes.extend_from_slice(&unit.to_le_bytes());
        }
        Self { encoding: Encoding::Utf16, bytes: Cow::Owned(bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_takes_the_narrowest_encoding_that_holds_it() {
        assert_eq!(SourceText::new("a").encoding, Encoding::Latin1);
        assert_eq!(&*SourceText::new("é\u{ff}").bytes, [0xe9, 0xff]);
        let wide = SourceText::new("a漢😀");
        assert_eq!(wide.encoding, Encoding::Utf16);
        assert_eq!(&*wide.bytes, [0x61, 0, 0x22, 0x6f, 0x3d, 0xd8, 0, 0xde]);
    }
}
