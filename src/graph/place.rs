//! The package that a file is part of, as people count packages.
//!
//! Below `node_modules` that is the folder of the package's name; a `package.json` further in, which
//! many packages have to say `"type"`, is no package. Elsewhere it is the nearest `package.json` that
//! has a name.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::draft::Draft;
use super::resolve::Resolver;

/// A package at a place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PackagePlace {
    /// As its `package.json` says, or as its folder is called.
    pub name: String,
    /// As its `package.json` says.
    pub version: Option<String>,
    /// Where its `package.json` is or would be.
    pub directory: PathBuf,
}

/// The package of each draft that lies in one, by its URL.
pub(super) fn packages_of(
    resolver: &Resolver<'_>,
    drafts: &[Draft],
) -> FxHashMap<String, Arc<PackagePlace>> {
    let mut by_directory: FxHashMap<&Path, Option<Arc<PackagePlace>>> = FxHashMap::default();
    let mut packages = FxHashMap::default();
    for draft in drafts {
        let Some(directory) = draft.path.as_deref().and_then(Path::parent) else { continue };
        let place = by_directory
            .entry(directory)
            .or_insert_with(|| package_of(resolver, directory).map(Arc::new));
        if let Some(place) = place {
            packages.insert(draft.url.clone(), Arc::clone(place));
        }
    }
    packages
}

fn package_of(resolver: &Resolver<'_>, directory: &Path) -> Option<PackagePlace> {
    let at = |directory: &Path| {
        // One that is not JSON has no name.
        let package = resolver.packages.in_directory(resolver.disk, directory).ok().flatten();
        package.map(|package| (package.name.clone(), package.version.clone()))
    };
    if let Some((directory, folder)) = installed(directory) {
        let (name, version) = at(&directory).unwrap_or_default();
        let name = name.unwrap_or(folder);
        return Some(PackagePlace { name, version, directory });
    }
    directory.ancestors().find_map(|directory| {
        let (name, version) = at(directory)?;
        Some(PackagePlace { name: name?, version, directory: directory.to_path_buf() })
    })
}

/// The folder and the name of the package that `directory` is in, by the last `node_modules` above it.
fn installed(directory: &Path) -> Option<(PathBuf, String)> {
    let parts: Vec<Component<'_>> = directory.components().collect();
    let modules = parts.iter().rposition(|part| part.as_os_str() == "node_modules")?;
    let first = parts.get(modules + 1)?.as_os_str().to_str()?;
    let is_scope = first.starts_with('@');
    let last = if is_scope { modules + 2 } else { modules + 1 };
    let name = match is_scope {
        true => format!("{first}/{}", parts.get(last)?.as_os_str().to_str()?),
        false => first.to_owned(),
    };
    Some((parts[..=last].iter().collect(), name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_node_modules_counts() {
        for (directory, expected) in [
            ("/app/src", None),
            ("/app/node_modules/a/dist/esm", Some(("/app/node_modules/a", "a"))),
            ("/app/node_modules/@s/a/lib", Some(("/app/node_modules/@s/a", "@s/a"))),
            (
                "/n/node_modules/.pnpm/a@1/node_modules/a",
                Some(("/n/node_modules/.pnpm/a@1/node_modules/a", "a")),
            ),
            ("/app/node_modules", None),
            ("/app/node_modules/@s", None),
        ] {
            let found = installed(Path::new(directory));
            let expected = expected.map(|(path, name)| (PathBuf::from(path), name.to_owned()));
            assert_eq!(found, expected, "{directory}");
        }
    }
}
