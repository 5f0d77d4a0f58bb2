//! TypeScript, and what else the engine gets another text of than the file's: texts that only the runtime, or
//! the transformer that was asked for, can make.
//!
//! What the engine compiles is the runtime's own text, byte for byte; another stripper's differs in
//! blanks, and with it every column of a stack. So a crawl is given the texts it may need, by the content
//! of the file, and says which of them it lacked ([`Unstripped`]). Whoever crawls asks the runtime for
//! those and crawls again. What a file of which there is no text yet may import is guessed, so that one
//! question has all of them in it; nothing of the graph rests on a guess.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::format::Dialect;
use crate::module_graph::ContentHash;

/// What the runtime makes of files, by their content and what it is read as; `None` where it refuses one.
#[derive(Debug, Default, Clone)]
pub struct StrippedTexts {
    texts: FxHashMap<(ContentHash, Dialect), Option<Arc<str>>>,
    /// Texts are for any place: they do not name their URL.
    is_nameless: bool,
}

/// A file that the runtime was not asked about.
#[derive(Debug, Clone)]
pub struct Unstripped {
    /// Of the file.
    pub content_hash: ContentHash,
    /// Its text, without byte order mark.
    pub text: String,
    /// What it is read as.
    pub dialect: Dialect,
}

impl StrippedTexts {
    /// No texts, to be filled with such as any place can use.
    pub fn nameless() -> Self {
        Self { is_nameless: true, ..Self::default() }
    }

    /// What the runtime has answered: `None` if it refuses the file.
    pub fn insert(&mut self, content_hash: ContentHash, dialect: Dialect, text: Option<&str>) {
        self.texts.insert((content_hash, dialect), text.map(Arc::from));
    }

    /// The same of the text that a module at `url` has, as [`Self::named`] gives it if it is an ES module.
    pub fn insert_of(&mut self, content_hash: ContentHash, text: &str, url: &str) {
        let text = text.strip_suffix(&*trailer(url)).unwrap_or(text);
        self.insert(content_hash, Dialect::of_url(url), Some(text));
    }

    pub(super) fn get(
        &self,
        content_hash: &ContentHash,
        dialect: Dialect,
    ) -> Option<Option<&Arc<str>>> {
        self.texts.get(&(*content_hash, dialect)).map(Option::as_ref)
    }

    /// What the engine compiles for the ES module at `url`.
    pub(super) fn named(&self, stripped: &str, url: &str) -> String {
        let trailer = if self.is_nameless { String::new() } else { trailer(url) };
        [stripped, &trailer].concat()
    }
}

/// What the runtime's loader puts behind the text of an ES module.
fn trailer(url: &str) -> String {
    format!("\n\n//# sourceURL={url}")
}

/// Whether the runtime refuses to strip types there: `isUnderNodeModules`.
pub(super) fn is_refused_at(url_or_path: &str) -> bool {
    ["/node_modules/", "\\node_modules\\", "/node_modules\\", "\\node_modules/"]
        .iter()
        .any(|folder| url_or_path.contains(folder))
}

/// What a text may import or require: whatever is quoted behind a word that can stand before it. It
/// has what comments and strings say, and not what is written in other ways.
pub(super) fn guess_specifiers(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\'', '"']) {
        let (before, quoted) = rest.split_at(at);
        let (quote, quoted) = quoted.split_at(1);
        let before = before.trim_end();
        let before = before.strip_suffix('(').unwrap_or(before).trim_end();
        let is_specifier = ["from", "import", "require"].iter().any(|word| before.ends_with(word));
        let end = quoted.find([quote.as_bytes()[0] as char, '\n', '\\']);
        match end.filter(|_| is_specifier).map(|end| quoted.split_at(end)) {
            Some((specifier, after)) if after.starts_with(quote) => {
                found.push(specifier);
                rest = &after[1..];
            }
            _ => rest = quoted,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_behind_a_word_of_imports_is_guessed() {
        let text = r#"
            import a, { type B } from './a.ts'
            import "./b.ts"; export * from"./c.ts";
            const d = await import( './d.ts' ), e = require("./e.cts");
            const no = 'not one', broken = from "x
            ', it's "quoted" \" import '\'' // from './f.ts'
        "#;
        let guessed = guess_specifiers(text);
        for specifier in ["./a.ts", "./b.ts", "./c.ts", "./d.ts", "./e.cts", "./f.ts"] {
            assert!(guessed.contains(&specifier), "{specifier} in {guessed:?}");
        }
        assert!(!guessed.contains(&"not one"), "{guessed:?}");
    }

    #[test]
    fn a_text_is_found_again_without_its_url() {
        let mut texts = StrippedTexts::default();
        let named = texts.named("let a;", "file:///a.ts");
        assert_eq!(named, "let a;\n\n//# sourceURL=file:///a.ts");
        texts.insert_of([1; 32], &named, "file:///a.ts");
        let found = |dialect| texts.get(&[1; 32], dialect).flatten().map(|text| &**text);
        assert_eq!(found(Dialect::TypeScript), Some("let a;"));
        assert_eq!(found(Dialect::Tsx), None);
        assert_eq!(StrippedTexts::nameless().named("let a;", "file:///a.ts"), "let a;");
    }

    #[test]
    fn only_what_lies_below_node_modules_is_refused() {
        assert!(is_refused_at("file:///a/node_modules/b/c.ts"));
        assert!(is_refused_at(r"C:\a\node_modules\b.ts"));
        assert!(!is_refused_at("file:///a/my_node_modules/b.ts"));
        assert!(!is_refused_at("file:///a/node_modules.ts"));
    }
}
