//! Packs that serve any place: what they hold is relative to a folder, and compared by content.
//!
//! What an app rests on outside of that folder is another thing at another place. Files and links there
//! cannot be in such a pack. Names that were not there above the folder (`node_modules`, `package.json`)
//! must not be there above the new place either, and those of the runtime's global folders not in its
//! global folders.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::session::Settings;
use crate::graph::{GraphOptions, file_url};
use crate::miss::MissReason;
use crate::module_graph::{ContentHash, Found, ModuleGraph};
use crate::pack::{Guard, Label, PackContents, relative_url};

/// Before the rest of a path that must be absent in every folder above the root.
const ABOVE: &str = "../";
/// Where packages are looked for, in every folder.
const PACKAGES: &str = "node_modules";
/// What says whose package a file belongs to.
const SCOPE: &str = "package.json";
/// What must be absent wherever the runtime looks last.
const GLOBAL: &str = "..";

/// Where the files of a portable pack are.
#[derive(Debug, Clone)]
pub(super) struct Root {
    pub(super) path: PathBuf,
    /// Without a slash at the end.
    pub(super) url: String,
}

impl Root {
    pub(super) fn new(path: &Path) -> Option<Self> {
        let url = file_url(path)?;
        Some(Self { path: path.to_owned(), url: url.trim_end_matches('/').to_owned() })
    }

    /// The nearest folder that holds every module and everything else that is there and counts, and
    /// that is in no `node_modules`: packages are looked for in those above.
    pub(super) fn of(graph: &ModuleGraph) -> Option<Self> {
        let modules = graph.modules.iter().filter_map(|module| module.path.as_deref());
        let present = graph
            .observations
            .iter()
            .filter(|seen| matches!(seen.found, Found::File { .. } | Found::Symlink { .. }));
        let files = modules.chain(present.map(|seen| &*seen.path));
        let mut folders = files.filter_map(Path::parent);
        let first = folders.next()?;
        let shared = folders.fold(first, |shared, folder| {
            let is_above = |above: &&Path| folder.starts_with(above);
            shared.ancestors().find(is_above).unwrap_or(shared)
        });
        let is_packages = |folder: &&Path| folder.file_name().is_some_and(|it| it == PACKAGES);
        let outermost = shared.ancestors().filter(is_packages).last();
        Self::new(outermost.and_then(Path::parent).unwrap_or(shared))
    }

    pub(super) fn holds(&self, path: &Path) -> bool {
        path.starts_with(&self.path)
    }
}

/// Everything of the settings that could lead a specifier elsewhere, whatever the place.
pub(super) fn settings_of(settings: &Settings, root: &Root) -> Vec<String> {
    const REACHED_FROM: &str = "reached from ";
    let flags = settings.flags.iter().map(|flag| {
        let Some(file) = flag.strip_prefix(REACHED_FROM) else { return flag.clone() };
        let real = Path::new(file).canonicalize().unwrap_or_else(|_| file.into());
        let below = real.strip_prefix(&root.path).unwrap_or(&real);
        format!("{REACHED_FROM}{}", below.display())
    });
    let rules = GraphOptions { global_paths: Vec::new(), ..settings.graph.clone() };
    flags.chain([super::session::resolution_rules(&rules)]).collect()
}

/// Whether a pack with this label is one for this start.
///
/// # Errors
/// What differs, with both sides.
pub(super) fn compare(label: &Label, own: &Label) -> Result<(), MissReason> {
    let differs = |what: &str, made: &str, here: &str| {
        Err(MissReason::new(
            "BMES_PACK_FOREIGN",
            format!("the pack was made for another {what}: {made}, this is {here}"),
        ))
    };
    if label.runtime != own.runtime {
        return differs("runtime", &label.runtime, &own.runtime);
    }
    if label.build != own.build {
        return differs("build of it", &label.build, &own.build);
    }
    if label.settings != own.settings {
        return differs("way to start", &label.settings.join(" "), &own.settings.join(" "));
    }
    Ok(())
}

/// Makes everything in a pack relative to `root`.
///
/// # Errors
/// What cannot be: it lies outside, or says by an absolute path where it is.
pub(super) fn make_relative(
    contents: &mut PackContents<'_>,
    root: &Root,
    global_paths: &[PathBuf],
    is_frozen: bool,
    leaves_outside: bool,
) -> Result<(), MissReason> {
    // Whose package a file belongs to is looked for no further up than that.
    let own_scope = root.path.join(SCOPE);
    let has_scope = contents.guards.iter().any(|guard| {
        matches!(guard.found, Found::File { .. }) && Path::new(&*guard.path) == own_scope
    });
    let is_left =
        |path: &Path| leaves_outside && has_scope && !root.holds(path) && path.ends_with(SCOPE);
    let entry = contents.roots.first().map(|&at| contents.modules[at as usize].path.to_string());
    let guards = std::mem::take(&mut contents.guards);
    for guard in guards {
        if is_frozen && Some(&*guard.path) != entry.as_deref() {
            continue;
        }
        if is_left(Path::new(&*guard.path)) {
            continue;
        }
        if let Some(guard) = relative_guard(&guard, root, global_paths)? {
            contents.guards.push(guard);
        }
    }
    contents.guards.sort_by(|a, b| a.path.cmp(&b.path));
    contents.guards.dedup_by(|a, b| a.path == b.path);
    contents.hooks_only = Cow::Owned(contents.hooks_only.replace(&*root.url, "."));
    for module in &mut contents.modules {
        if let Some(edge) =
            module.edges.iter().find(|edge| edge.target.is_some() && is_absolute(&edge.specifier))
        {
            let what = format!("{} imports {} by an absolute path", module.url, edge.specifier);
            return Err(outside(&what));
        }
        if module.path.is_empty() {
            continue;
        }
        let url = relative_url(&module.url, &root.url).map(str::to_owned);
        let path = below(&module.path, root);
        let (Some(url), Some(path)) = (url, path) else {
            let what = format!("{} lies outside of {}", module.url, root.path.display());
            return Err(outside(&what));
        };
        (module.url, module.path) = (Cow::Owned(url), Cow::Owned(path));
    }
    Ok(())
}

fn outside(what: &str) -> MissReason {
    MissReason::new("BMES_OUTSIDE_ROOT", what)
}

fn is_absolute(specifier: &str) -> bool {
    specifier.starts_with('/') || specifier.starts_with("file:")
}

fn below(path: &str, root: &Root) -> Option<String> {
    Some(Path::new(path).strip_prefix(&root.path).ok()?.to_str()?.to_owned())
}

/// `None` where nothing has to be true of another place.
fn relative_guard(
    guard: &Guard<'_>,
    root: &Root,
    global_paths: &[PathBuf],
) -> Result<Option<Guard<'static>>, MissReason> {
    let path = Path::new(&*guard.path);
    let lies_outside =
        || outside(&format!("{} lies outside of {}", guard.path, root.path.display()));
    let found = match &guard.found {
        Found::File { content_hash, .. } if *content_hash == ContentHash::default() => {
            return Err(outside(&format!("{} cannot be read", guard.path)));
        }
        Found::File { content_hash, .. } => {
            Found::File { content_hash: *content_hash, stamp: None }
        }
        Found::Symlink { target } if target.is_absolute() => {
            let what =
                format!("{} is a link to an absolute path, {}", guard.path, target.display());
            return Err(outside(&what));
        }
        Found::Symlink { target } => Found::Symlink { target: target.clone() },
        Found::Directory { .. } if !path.is_dir() => {
            return Err(outside(&format!("{} is neither a file nor a folder", guard.path)));
        }
        Found::Directory { .. } => Found::Directory { stamp: None },
        Found::Absent => Found::Absent,
    };
    // The names that were not found in it have guards of their own.
    if matches!(found, Found::Directory { .. }) && is_searched(path) {
        return Ok(None);
    }
    let made = |path: String| Ok(Some(Guard { path: Cow::Owned(path), found: found.clone() }));
    if let Some(below) = below(&guard.path, root) {
        return made(below);
    }
    let is_global = |global: &PathBuf| path.starts_with(global) || global.starts_with(path);
    let folder = root.path.ancestors().find(|above| path.starts_with(above));
    let rest = folder.and_then(|folder| path.strip_prefix(folder).ok()?.to_str());
    match (&found, rest) {
        (Found::Absent, _) if global_paths.iter().any(is_global) => made(GLOBAL.to_owned()),
        (Found::Absent, Some(rest)) => made(format!("{ABOVE}{rest}")),
        _ => Err(lies_outside()),
    }
}

/// Whether a folder was looked into for packages, and not found where a file was looked for.
fn is_searched(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    name == "node_modules" || name.starts_with('@') || name == ".node_modules"
}

/// The guards of a portable pack at this place.
pub(super) fn absolute_guards(
    guards: &[Guard<'static>],
    root: &Root,
    global_paths: &[PathBuf],
) -> Vec<Guard<'static>> {
    let mut absolute = Vec::new();
    let mut add = |path: PathBuf, found: &Found| {
        let path = Cow::Owned(path.to_string_lossy().into_owned());
        absolute.push(Guard { path, found: found.clone() });
    };
    let missing = names_missing(guards);
    for Guard { path, found } in guards {
        match path.strip_prefix(ABOVE) {
            _ if path == GLOBAL => {
                global_paths.iter().for_each(|folder| add(folder.clone(), found));
            }
            Some(PACKAGES) => {
                for packages in above(root).map(|folder| folder.join(PACKAGES)) {
                    match &missing {
                        Some(names) if packages.symlink_metadata().is_ok() => {
                            names.iter().for_each(|name| add(packages.join(name), found));
                        }
                        _ => add(packages, found),
                    }
                }
            }
            Some(rest) => above(root).for_each(|folder| add(folder.join(rest), found)),
            None => add(root.path.join(&**path), found),
        }
    }
    absolute.sort_by(|a, b| a.path.cmp(&b.path));
    absolute.dedup_by(|a, b| a.path == b.path);
    absolute
}

fn above(root: &Root) -> impl Iterator<Item = &Path> {
    root.path.ancestors().skip(1)
}

/// What was not found in the root's own packages: whatever was looked for in those above was looked
/// for there first. `None` where there are none: then nobody knows what was looked for.
fn names_missing<'a>(guards: &'a [Guard<'static>]) -> Option<Vec<&'a Path>> {
    let absent = guards.iter().filter(|guard| guard.found == Found::Absent);
    let mut paths = absent.map(|guard| Path::new(&*guard.path));
    let is_missing = paths.clone().any(|path| path == Path::new(PACKAGES));
    (!is_missing).then(|| paths.by_ref().filter_map(|it| it.strip_prefix(PACKAGES).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_platform_is_refused_with_both_names() {
        let own = Label {
            runtime: "node-24.9.0-linux-x64".to_owned(),
            build: "v8 13".to_owned(),
            entry: "/main.mjs".to_owned(),
            settings: Vec::new(),
            is_frozen: true,
        };
        assert_eq!(compare(&own, &own), Ok(()));
        let made = Label { runtime: "node-24.9.0-darwin-arm64".to_owned(), ..own.clone() };
        let reason = compare(&made, &own).expect_err("another platform");
        assert_eq!(reason.code, "BMES_PACK_FOREIGN");
        for name in [&made.runtime, &own.runtime] {
            assert!(reason.detail.contains(name), "{}", reason.detail);
        }
        let made = Label { build: "v8 14".to_owned(), ..own.clone() };
        assert_eq!(compare(&made, &own).expect_err("another build").code, "BMES_PACK_FOREIGN");
    }
}
