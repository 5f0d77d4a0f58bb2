//! Byte offsets to lines and columns, as JavaScript engines count them.

use oxc_span::Span;
use serde::Serialize;

/// A stretch of text, in UTF-16 units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// From the first unit of the text, from 0.
    pub start: u32,
    /// The unit after its last.
    pub end: u32,
    /// The line in which it starts, from 1.
    pub line: u32,
    /// The column in which it starts, from 1.
    pub column: u32,
}

/// The places of byte spans, in one pass over the text.
pub(super) fn locate(source: &str, spans: &[Span]) -> Vec<Place> {
    let mut ends: Vec<(usize, usize)> = Vec::with_capacity(spans.len() * 2);
    for (number, span) in spans.iter().enumerate() {
        ends.push((source.floor_char_boundary(span.start as usize), number * 2));
        ends.push((source.floor_char_boundary(span.end as usize), number * 2 + 1));
    }
    ends.sort_unstable();

    let mut places = vec![Place::default(); spans.len()];
    let (mut line, mut column, mut units) = (1, 1, 0);
    let mut ends = ends.into_iter().peekable();
    let mut characters = source.char_indices().peekable();
    loop {
        let next = characters.next();
        let at = next.map_or(source.len(), |(at, _)| at);
        while let Some((_, number)) = ends.next_if(|(offset, _)| *offset == at) {
            let place = &mut places[number / 2];
            if number % 2 == 0 {
                (place.start, place.line, place.column) = (units, line, column);
            } else {
                place.end = units;
            }
        }
        let Some((_, c)) = next else { return places };
        let breaks = match c {
            '\n' | '\u{2028}' | '\u{2029}' => true,
            '\r' => characters.peek().is_none_or(|(_, next)| *next != '\n'),
            _ => false,
        };
        let width = c.len_utf16() as u32;
        units += width;
        (line, column) = if breaks { (line + 1, 1) } else { (line, column + width) };
    }
}

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
    fn places_of_many_spans_are_those_of_each() {
        let source = "é\r\n変😀\u{2028}\r\r\n\tx\n";
        let offsets = || (0..=source.len()).filter(|at| source.is_char_boundary(*at));
        let spans: Vec<Span> = offsets()
            .rev()
            .flat_map(|end| {
                offsets().filter(move |start| *start <= end).map(move |start| (start, end))
            })
            .map(|(start, end)| Span::new(start as u32, end as u32))
            .collect();
        let places = locate(source, &spans);
        for (span, place) in spans.iter().zip(places) {
            let units = |at: u32| source[..at as usize].encode_utf16().count() as u32;
            let (line, column) = line_and_column(source, span.start as usize);
            let expected = Place { start: units(span.start), end: units(span.end), line, column };
            assert_eq!(place, expected, "{span:?}");
        }
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
