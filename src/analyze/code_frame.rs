//! A few lines of source around an error, with a caret under it.

use std::fmt::Write;

use super::location::{line_and_column, line_end, line_start};

/// Wider lines are cut around the caret: minified code has lines of megabytes.
const MAX_WIDTH: usize = 100;

/// The line that holds byte `offset`, the one before it, and a caret.
pub(super) fn code_frame(source: &str, offset: usize) -> String {
    let offset = source.floor_char_boundary(offset);
    let (line, _) = line_and_column(source, offset);
    let start = line_start(source, offset);
    let text = &source[start..line_end(source, offset).max(offset)];
    let gutter = line.to_string().len();

    let mut frame = String::new();
    // Writing to a String cannot fail.
    if start > 0 {
        let before = line_start(source, source.floor_char_boundary(start - 1));
        let (text, _) = cut(&source[before..line_end(source, before)], 0);
        let _ = writeln!(frame, "  {:gutter$} | {text}", line - 1);
    }
    let (text, caret) = cut(text, offset - start);
    let _ = writeln!(frame, "> {line} | {text}");
    // Tabs are kept so that the caret stands under its character at any tab width.
    let padding: String =
        text[..caret].chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let _ = write!(frame, "  {:gutter$} | {padding}^", "");
    frame
}

/// At most [`MAX_WIDTH`] bytes of `line` around `at`, and where `at` is in them.
fn cut(line: &str, at: usize) -> (&str, usize) {
    let start = line.floor_char_boundary(at.saturating_sub(MAX_WIDTH / 2));
    let start = if line.len() <= MAX_WIDTH { 0 } else { start };
    let end = line.floor_char_boundary((start + MAX_WIDTH).min(line.len()));
    (&line[start..end.max(at)], at - start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_line_before_and_a_caret() {
        let source = "const a = 1;\n\texport const = 1;\n";
        let frame = code_frame(source, source.find("= 1;\n").map_or(0, |_| 27));
        assert_eq!(frame, "  1 | const a = 1;\n> 2 | \texport const = 1;\n    | \t             ^");
    }

    #[test]
    fn the_first_line_has_none_before_it() {
        assert_eq!(code_frame("a b", 2), "> 1 | a b\n    |   ^");
    }

    #[test]
    fn numbers_line_up() {
        let source = "\n".repeat(9) + "x";
        assert_eq!(code_frame(&source, 9), "   9 | \n> 10 | x\n     | ^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let source = "x".repeat(1000) + "!" + &"y".repeat(1000);
        let frame = code_frame(&source, 1000);
        let lines: Vec<&str> = frame.lines().collect();
        assert!(lines[0].len() < 120, "{frame}");
        assert_eq!(lines[0].find('!'), lines[1].find('^'));
    }

    #[test]
    fn any_offset_of_any_text_has_a_frame() {
        let source = "é\r\n変😀\u{2028}\r\r\n\tx";
        for offset in 0..source.len() + 3 {
            assert!(code_frame(source, offset).ends_with('^'));
        }
    }
}
