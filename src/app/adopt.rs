//! Bytecode that other apps, or build tools, have left for modules of this one.
//!
//! An app that shares packages with another is not cold: what was compiled for the other has the
//! same content and so the same record. Only the bytecode is taken, and only from a record whose
//! metadata is what was just analysed.

use std::borrow::Cow;

use crate::cache::{Records, counter};
use crate::format::{self, Record};
use crate::module_graph::ModuleFormat;
use crate::pack::{PackContents, PackModule};
use crate::store::Counters;

/// Fills in what is missing; says what to count.
pub(super) fn adopt(contents: &mut PackContents<'_>, records: &mut Records) -> Counters {
    let mut counters = Counters::default();
    for module in &mut contents.modules {
        // That of TypeScript belongs to a text that names its URL, which its content does not tell.
        let is_known = module.bytecode_len > 0 || module.typescript;
        if module.format != ModuleFormat::Module || is_known {
            continue;
        }
        match records.find(&module.url, &module.content_hash) {
            Ok(record) => {
                counters.add(counter::HIT, 1);
                counters.add(counter::READ, record.len() as u64);
                take_bytecode(module, &record);
            }
            Err(reason) => counters.add(&format!("{}{}", counter::MISS, reason.code), 1),
        }
    }
    counters
}

fn take_bytecode(module: &mut PackModule<'_>, found: &[u8]) {
    let Ok(record) = Record::parse(found) else { return };
    let Ok(own) = Record::parse(&module.record) else { return };
    // The size of the bytecode stands between the two.
    let head = |bytes: &[u8], record: &Record<'_>| {
        bytes[..record.bytecode_range().start - size_of::<u32>()].to_vec()
    };
    if record.bytecode().is_empty() || head(found, &record) != head(&module.record, &own) {
        return;
    }
    let Ok(whole) = format::with_bytecode(&module.record, record.bytecode()) else { return };
    module.bytecode_len = record.bytecode().len();
    module.record = Cow::Owned(whole);
}
