//! A pack that the user has named: one of this place, copied from a store, or a portable one.
//!
//! It is read, not mapped: a plain `cp` over it cuts it where it lies.

use std::borrow::Cow;
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::Path;

use super::place::Place;
use super::portable::{Root, absolute_guards, compare, settings_of};
use super::session::Settings;
use crate::miss::MissReason;
use crate::pack::{Blob, Guard, GuardCheck, Label, Pack, check_guards, look_again, root_of};
use crate::store::{StoreError, app_key, open_named};

/// A pack that holds here.
pub(super) struct Named {
    pub(super) pack: Pack,
    /// It was placed here only now: worth keeping in the store.
    pub(super) is_portable: bool,
    /// Nothing of it but its entry is looked at, now or later.
    pub(super) is_frozen: bool,
}

/// Opens the pack at `path` for the entry of `place`, which is the file `entry`.
///
/// # Errors
/// Why it cannot be used.
pub(super) fn open(
    path: &Path,
    entry: &Path,
    place: &Place,
    settings: &Settings,
) -> Result<Named, MissReason> {
    let io = |error: std::io::Error| {
        MissReason::new("BMES_STORE_IO", format!("cannot read {}: {error}", path.display()))
    };
    let mut file = open_named(path, entry).map_err(|error| match error {
        StoreError::Missing => {
            MissReason::new("BMES_STORE_MISSING", format!("there is no file {}", path.display()))
        }
        error => error.into(),
    })?;
    if let Some(label) = Label::read(&mut file).map_err(io)?? {
        let root = root_for(&label, entry, place)?;
        let own = Label {
            runtime: settings.runtime.clone(),
            build: settings.build.clone(),
            settings: settings_of(settings, &root),
            ..label.clone()
        };
        compare(&label, &own)?;
        let bytes = rest_of(&mut file).map_err(io)?;
        return open_portable(bytes, &label, &root, place, settings);
    }
    file.rewind().map_err(io)?;
    let bytes = rest_of(&mut file).map_err(io)?;
    let pack = Pack::open(Blob::Owned(bytes), place.identity.digest(), &place.key)?;
    match check_guards(pack.guards()) {
        GuardCheck::Changed { path, what } => Err(changed(&path, what)),
        GuardCheck::Holds | GuardCheck::Refresh => {
            Ok(Named { pack, is_portable: false, is_frozen: false })
        }
    }
}

/// The folder that the pack is relative to, if it is of this entry.
fn root_for(label: &Label, entry: &Path, place: &Place) -> Result<Root, MissReason> {
    let depth = label.entry.split('/').count() - 1;
    let root = root_of(&place.entry_url, &label.entry).zip(entry.ancestors().nth(depth));
    match root {
        Some((url, path)) => Ok(Root { path: path.to_owned(), url: url.to_owned() }),
        None => {
            let (made, here) = (&label.entry, &place.entry_url);
            let what = format!("the pack was made for another entry: {made}, this is {here}");
            Err(MissReason::new("BMES_PACK_FOREIGN", what))
        }
    }
}

fn open_portable(
    bytes: Vec<u8>,
    label: &Label,
    root: &Root,
    place: &Place,
    settings: &Settings,
) -> Result<Named, MissReason> {
    let pack = Pack::open(Blob::Owned(bytes), place.identity.digest(), &key_of(label))?;
    let owned =
        |guard: Guard<'_>| Guard { path: Cow::Owned(guard.path.into_owned()), found: guard.found };
    let guards: Vec<_> = pack.guards().map(owned).collect();
    let guards = absolute_guards(&guards, root, &settings.graph.global_paths);
    let guards = look_again(guards).map_err(|(path, what)| changed(&path, what))?;
    let pack = pack.placed(&root.path, &root.url, &guards)?;
    if pack.roots().next().is_none_or(|entry| pack.url(entry) != place.entry_url) {
        return Err(MissReason::new("BMES_PACK_MALFORMED", "its label names another entry"));
    }
    Ok(Named { pack, is_portable: true, is_frozen: label.is_frozen })
}

/// What stands in a portable pack where others have their app's key.
pub(super) fn key_of(label: &Label) -> [u8; 32] {
    app_key("", label.settings.iter().map(String::as_str))
}

fn changed(path: &str, what: &str) -> MissReason {
    MissReason::new("BMES_GUARD_CHANGED", format!("{path} {what}"))
}

fn rest_of(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}
