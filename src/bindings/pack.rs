//! What of a pack JavaScript gets: its tables as arrays, its texts and bytes where they lie.
#![expect(unsafe_code, reason = "external strings and buffers over a pack cannot be made without")]

use std::sync::Arc;

use napi::bindgen_prelude::*;
use napi::{Env, JsString, JsStringLatin1, JsStringUtf16};
use napi_derive::napi;

use crate::module_graph::EdgeKind;
use crate::pack::{Encoding, Pack};

/// The pack's tables, one element per module unless said otherwise.
#[napi(object, object_from_js = false)]
pub struct Tables {
    /// URLs.
    pub urls: Vec<String>,
    /// `ModuleFormat` numbers: 0 module, 1 commonjs, 2 json, 3 builtin, 4 other.
    pub formats: Uint8Array,
    /// `TRAIT_*` bits of src/pack/rows/module.rs.
    pub traits: Uint8Array,
    /// Where its edges start; every edge of the pack has the number of its row.
    pub edges_at: Uint32Array,
    /// How many of them are static requests, which come first.
    pub requests: Uint32Array,
    /// How many of them come next and are literal `import()`s.
    pub dynamic_imports: Uint32Array,
    /// How many of them come last and are `require()`s.
    pub requires: Uint32Array,
    /// One per edge: the target's row, 0xffffffff if there is none.
    pub targets: Uint32Array,
    /// One per edge: 0 no attributes, 1 `type: 'json'`, 2 others.
    pub attributes: Uint8Array,
    /// Where its bytecode lies in `bytes`: offset, length. Not verified before `source` is called.
    pub bytecode: Float64Array,
    /// The entry's row.
    pub entry: u32,
    /// Why the linker must not run this app; empty if it may.
    pub hooks_only: String,
    /// The conditions the graph was resolved with.
    pub conditions: Vec<String>,
    /// A CommonJS program that was seen to reach ES modules.
    pub reaches_modules: bool,
}

pub(super) fn tables_of(pack: &Pack) -> Tables {
    let modules = 0..pack.module_count();
    let (mut edges_at, mut requests) = (Vec::new(), Vec::new());
    let (mut dynamic_imports, mut requires) = (Vec::new(), Vec::new());
    let mut bytecode = Vec::new();
    for at in modules.clone() {
        let range = pack.bytecode_range(at);
        bytecode.extend([range.start as f64, range.len() as f64]);
        let edges = pack.edge_range(at);
        edges_at.push(edges.start as u32);
        let edges = pack.edge_rows(edges);
        let count = |kind| edges.clone().filter(|edge| edge.kind() == kind).count() as u32;
        requests.push(count(EdgeKind::Import));
        dynamic_imports.push(count(EdgeKind::DynamicImport));
        requires.push(count(EdgeKind::Require));
    }
    let edges = pack.edge_rows(0..pack.edge_count());
    let targets = edges.clone().map(|edge| edge.target().map_or(u32::MAX, |target| target.0));
    let targets: Vec<u32> = targets.collect();
    let attributes: Vec<u8> = edges.map(|edge| edge.attributes() as u8).collect();
    Tables {
        urls: modules.clone().map(|at| pack.url(at).to_owned()).collect(),
        formats: modules.clone().map(|at| pack.format(at) as u8).collect::<Vec<_>>().into(),
        traits: modules.map(|at| pack.trait_bits(at)).collect::<Vec<_>>().into(),
        edges_at: edges_at.into(),
        requests: requests.into(),
        dynamic_imports: dynamic_imports.into(),
        requires: requires.into(),
        targets: targets.into(),
        attributes: attributes.into(),
        bytecode: bytecode.into(),
        entry: pack.roots().next().unwrap_or_default(),
        hooks_only: pack.hooks_only().to_owned(),
        conditions: pack.conditions().map(str::to_owned).collect(),
        reaches_modules: pack.reaches_modules(),
    }
}

/// A text of the pack as a string that keeps the pack.
pub(super) fn external_text<'env>(
    env: &'env Env,
    pack: &Arc<Pack>,
    encoding: Encoding,
    bytes: &[u8],
) -> Result<JsString<'env>> {
    if bytes.is_empty() {
        return env.create_string("");
    }
    let owner = Arc::clone(pack);
    match encoding {
        Encoding::Latin1 => {
            // SAFETY: the bytes are the pack's own, which do not move or change and live until
            // the finalizer drops `owner`, once the string is gone.
            let text = unsafe {
                JsStringLatin1::from_external(
                    env,
                    bytes.as_ptr(),
                    bytes.len(),
                    owner,
                    |_, owner| {
                        drop(owner);
                    },
                )
            };
            Ok(text?.into_value())
        }
        Encoding::Utf16 => {
            // SAFETY: `u16` has no invalid bit patterns; `align_to` gives no wrong element.
            let (head, units, tail) = unsafe { bytes.align_to::<u16>() };
            if !head.is_empty() || !tail.is_empty() || cfg!(target_endian = "big") {
                let units =
                    bytes.chunks_exact(2).map(|two| u16::from(two[0]) | u16::from(two[1]) << 8);
                return env.create_string_utf16(units.collect::<Vec<_>>());
            }
            // SAFETY: as for Latin-1 above.
            let text = unsafe {
                JsStringUtf16::from_external(env, units.as_ptr(), units.len(), owner, |_, owner| {
                    drop(owner);
                })
            };
            Ok(text?.into_value())
        }
    }
}

/// All of the pack's bytes as a buffer that keeps the pack.
pub(super) fn external_bytes<'env>(env: &'env Env, pack: &Arc<Pack>) -> Result<ArrayBuffer<'env>> {
    let pack = Arc::clone(pack);
    let (data, len) = (pack.bytes().as_ptr().cast_mut(), pack.bytes().len());
    // SAFETY: the bytes live as long as `pack`, which the finalizer drops, and do not move.
    // They are lent for reading only: `runtime/linker/pack.js` hands views of them to V8 as code
    // cache, which reads them, and keeps the buffer to itself.
    unsafe { ArrayBuffer::from_external(env, data, len, pack, |_, pack| drop(pack)) }
}
