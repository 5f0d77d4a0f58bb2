//! Byte offsets to lines and columns, as JavaScript engines count them.

/// The line and column of byte `offset`, both from 1, the column in UTF-16 units.
///
/// An offset past the end or inside a character stands for the nearest boundary before it.
pub(super) fn line_and_column(source: &str, offset: usize) -> (u32, u32) {
    let offset = source.floor_char_boundary(offset);
    let before = &source[..offset];
    let start = line_start(source, offset);
    let breaks = line_breaks(before).filter(|&(_, end)| end <= start).count();
    let column = source[start..offset].encode_utf16().count();
    (saturate(breaks + 1), saturate(column + 1))
}

/// Where the line that holds `offset` starts.
pub(super) fn line_start(source: &str, offset: usize) -> usize {
    // A CR whose LF is still ahead does not end a line yet, so the text is cut by position only.
    line_breaks(source).take_while(|&(_, end)| end <= offset).last().map_or(0, |(_, end)| end)
}

/// Where the line that holds `offset` ends, its terminator left out.
pub(super) fn line_end(source: &str, offset: usize) -> usize {
    line_breaks(source)
        .find(|&(start, end)| start >= offset || end > offset)
        .map_or(source.len(), |(start, _)| start)
}

/// The start and end of each line terminator: LF, CR, CRLF, and the two separators of Unicode.
fn line_breaks(source: &str) -> impl Iterator<Item = (usize, usize)> {
    source.char_indices().filter_map(|(at, c)| match c {
        '\n' | '\u{2028}' | '\u{2029}' => {
            let start = if c == '\n' && source[..at].ends_with('\r') { at - 1 } else { at };
            Some((start, at + c.len_utf8()))
        }
        '\r' if !source[at + 1..].starts_with('\n') => Some((at, at + 1)),
        _ => None,
    })
}

fn saturate(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_from_one() {
        assert_eq!(line_and_column("", 0), (1, 1));
        assert_eq!(line_and_column("abc", 2), (1, 3));
        assert_eq!(line_and_column("a\nbc", 3), (2, 2));
    }

    #[test]
    fn every_line_terminator_of_javascript_counts_once() {
        let source = "a\r\nb\rc\nd\u{2028}e\u{2029}f";
        for (line, name) in ["a", "b", "c", "d", "e", "f"].iter().enumerate() {
            let offset = source.find(name).unwrap();
            assert_eq!(line_and_column(source, offset), (line as u32 + 1, 1), "{name}");
        }
    }

    #[test]
    fn columns_are_utf16_units() {
        let source = "é変😀x";
        assert_eq!(line_and_column(source, source.find('x').unwrap()), (1, 5));
    }

    #[test]
    fn an_offset_out_of_range_or_inside_a_character_is_clamped() {
        assert_eq!(line_and_column("a😀", 3), (1, 2));
        assert_eq!(line_and_column("a", 99), (1, 2));
    }

    #[test]
    fn lines_end_before_their_terminator() {
        let source = "ab\r\ncd";
        assert_eq!((line_start(source, 1), line_end(source, 1)), (0, 2));
        assert_eq!((line_start(source, 5), line_end(source, 5)), (4, 6));
        assert_eq!(line_end(source, 2), 2);
    }
}
