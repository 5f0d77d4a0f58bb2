//! Crawls of apps that have TypeScript: the runtime is asked for what the engine will compile.

use std::borrow::Cow;

use crate::graph::{Crawled, Entry, GraphOptions, StrippedTexts, Unstripped, crawl};
use crate::miss::MissReason;
use crate::module_graph::ModuleGraph;
use crate::pack::{Encoding, Pack, SourceText};

/// Asks the runtime to strip the types of these texts; `None` for each that it refuses. An error is for
/// people.
pub type Strip<'a> = dyn FnMut(&[Unstripped]) -> Result<Vec<Option<String>>, String> + 'a;

/// Crawls until no text is missing. Each round asks for all that the one before could reach or guess.
///
/// # Errors
/// Why there is no graph.
pub(super) fn crawl_whole(
    entry: Entry<'_>,
    options: &GraphOptions,
    texts: &mut StrippedTexts,
    strip: &mut Strip<'_>,
) -> Result<ModuleGraph, MissReason> {
    let not_packed = |why: String| MissReason::new("BMES_NOT_PACKED", why);
    loop {
        let Crawled { graph, unstripped, .. } =
            crawl(entry, options, texts).map_err(|error| not_packed(error.to_string()))?;
        if unstripped.is_empty() {
            return Ok(graph);
        }
        let stripped = strip(&unstripped)
            .map_err(|why| not_packed(format!("its types are not stripped: {why}")))?;
        if stripped.len() != unstripped.len() {
            return Err(not_packed("the runtime has stripped other texts".to_owned()));
        }
        for (asked, text) in unstripped.iter().zip(stripped) {
            texts.insert(asked.content_hash, asked.dialect, text.as_deref());
        }
    }
}

/// What a pack knows of the runtime's texts.
pub(super) fn texts_of(pack: &Pack) -> StrippedTexts {
    let mut texts = StrippedTexts::default();
    for at in 0..pack.module_count() {
        let text = pack.is_typescript(at).then(|| pack.source(at).ok().and_then(decode));
        if let Some(text) = text.flatten() {
            texts.insert_of(pack.content_hash(at), &text, pack.url(at));
        }
    }
    texts
}

fn decode(text: SourceText<'_>) -> Option<String> {
    match text.encoding {
        Encoding::Latin1 => Some(text.bytes.iter().map(|byte| char::from(*byte)).collect()),
        Encoding::Utf16 => {
            let (units, rest) = text.bytes.as_chunks::<2>();
            let units: Cow<'_, [u16]> =
                units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
            rest.is_empty().then(|| String::from_utf16(&units).ok()).flatten()
        }
    }
}
