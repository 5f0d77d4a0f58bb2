//! A position in untrusted bytes. The only code of this room that slices them.
//!
//! No read panics or allocates. A read that fails says what it was reading and where, and the cursor
//! is then of no further use.

use super::{error::FormatError, layout::INTEGER_LEN};

#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    pub(super) fn integer(&mut self, what: &'static str) -> Result<u32, FormatError> {
        let at = self.at;
        let bytes = self
            .take(INTEGER_LEN)
            .and_then(|bytes| bytes.first_chunk())
            .ok_or(FormatError::Truncated { what, at })?;
        Ok(u32::from_le_bytes(*bytes))
    }

    /// How many entries follow, of at least `min_len` bytes each.
    pub(super) fn count(&mut self, what: &'static str, min_len: usize) -> Result<u32, FormatError> {
        let at = self.at;
        let count = self.integer(what)?;
        let left = self.left();
        if u64::from(count) * min_len as u64 > left as u64 {
            return Err(FormatError::CountTooLarge { what, at, count, left });
        }
        Ok(count)
    }

    pub(super) fn string(&mut self, what: &'static str) -> Result<&'a str, FormatError> {
        let at = self.at;
        let len = self.integer(what)?;
        let (start, left) = (self.at, self.left());
        let bytes =
            self.take_u32(len).ok_or(FormatError::StringOutOfBounds { what, at, len, left })?;
        str::from_utf8(bytes).map_err(|_| FormatError::InvalidUtf8 { what, at: start })
    }

    pub(super) fn bytecode(&mut self) -> Result<&'a [u8], FormatError> {
        let at = self.at;
        let len = self.integer("the bytecode size")?;
        let left = self.left();
        self.take_u32(len).ok_or(FormatError::BytecodeOutOfBounds { at, len, left })
    }

    pub(super) fn end(&self) -> Result<(), FormatError> {
        match self.left() {
            0 => Ok(()),
            count => Err(FormatError::TrailingBytes { at: self.at, count }),
        }
    }

    fn take_u32(&mut self, len: u32) -> Option<&'a [u8]> {
        self.take(usize::try_from(len).ok()?)
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, _) = self.bytes.get(self.at..)?.split_at_checked(len)?;
        self.at += len;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_past_the_end_has_nothing_left() {
        let mut cursor = Cursor::new(b"abc", 9);
        assert_eq!(cursor.left(), 0);
        assert_eq!(cursor.integer("x"), Err(FormatError::Truncated { what: "x", at: 9 }));
        assert_eq!(cursor.end(), Ok(()));
    }

    #[test]
    fn a_failed_read_does_not_move() {
        let mut cursor = Cursor::new(&[1, 0, 0], 0);
        assert!(cursor.integer("x").is_err());
        assert_eq!(cursor.at(), 0);
    }

    #[test]
    fn the_largest_count_does_not_overflow() {
        let mut cursor = Cursor::new(&[0xFF; 8], 0);
        let error = FormatError::CountTooLarge { what: "x", at: 0, count: u32::MAX, left: 4 };
        assert_eq!(cursor.count("x", 20), Err(error));
    }
}
