//! Writing what a run found out, away from the thread the app runs on.

use std::borrow::Cow;

use crate::format;
use crate::miss::MissReason;
use crate::pack::{Pack, PackContents, encode, refresh};
use crate::store::AppKey;

/// What differs between the pack in use and the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Save {
    Nothing,
    /// Identities of files whose content is the same.
    Guards,
    /// Content or bytecode.
    All,
}

/// A pack's bytes with guards as they are now and, where given, other bytecode.
pub(super) fn rewrite(
    pack: &Pack,
    runtime: &[u8; 32],
    app: &AppKey,
    bytecode: &[Option<Vec<u8>>],
) -> Result<Vec<u8>, MissReason> {
    let mut modules =
        (0..pack.module_count()).map(|at| pack.pack_module(at)).collect::<Result<Vec<_>, _>>()?;
    for (module, bytecode) in modules.iter_mut().zip(bytecode) {
        let Some(bytecode) = bytecode else { continue };
        let record = format::with_bytecode(&module.record, bytecode)
            .map_err(|error| MissReason::new("BMES_NOT_PACKED", error.to_string()))?;
        module.record = Cow::Owned(record);
        module.bytecode_len = bytecode.len();
    }
    let contents = PackContents {
        runtime: *runtime,
        app: *app,
        roots: pack.roots().collect(),
        hooks_only: Cow::Borrowed(pack.hooks_only()),
        conditions: pack.conditions().map(Cow::Borrowed).collect(),
        reaches_modules: pack.reaches_modules(),
        modules,
        guards: refresh(pack.guards()),
    };
    Ok(encode(&contents)?)
}
