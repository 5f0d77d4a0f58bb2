//! Where an `import` leads: `moduleResolve` and `packageResolve` of Node's ESM resolver.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashSet;
use url::Url;

use super::disk::Disk;
use super::error::ResolveError;
use super::file_url;
use super::format::{self, ByName};
use super::options::{Conditions, GraphOptions};
use super::package::{Package, PackageType, Packages};
use super::typescript;

/// Resolves specifiers for one crawl, remembering what it saw.
#[derive(Debug)]
pub(super) struct Resolver<'a> {
    pub(super) disk: &'a Disk,
    pub(super) packages: Packages,
    pub(super) options: &'a GraphOptions,
    pub(super) import_conditions: Conditions,
    pub(super) require_conditions: Conditions,
    builtins: FxHashSet<&'a str>,
}

/// The module that asks.
#[derive(Debug, Clone)]
pub(super) struct Base {
    url: Url,
    /// Its file, as its URL names it.
    pub(super) path: PathBuf,
}

/// Where a specifier leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Destination {
    /// To the runtime, with the `node:` prefix.
    Builtin(String),
    /// To a file that exists.
    File {
        /// With the specifier's query and fragment.
        url: String,
        /// The real path.
        real: Arc<Path>,
    },
    /// To a URL that is not a file.
    Foreign {
        /// As the URL standard writes it.
        url: String,
    },
}

/// The URL that `import specifier` leads to from the module at `parent`, a `file:` URL.
pub fn resolve(
    specifier: &str,
    parent: &str,
    options: &GraphOptions,
) -> Result<String, ResolveError> {
    let disk = Disk::default();
    let base = Base::new(parent).ok_or(ResolveError::InvalidSpecifier)?;
    Ok(Resolver::new(&disk, options).import(specifier, &base)?.into_url())
}

impl Base {
    /// `None` unless `url` is a file's.
    pub(super) fn new(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        let path = file_url::to_path(&url)?;
        Some(Self { url, path })
    }

    /// Its URL.
    pub(super) fn href(&self) -> &str {
        self.url.as_str()
    }

    /// The path of its URL, still encoded.
    pub(super) fn pathname(&self) -> &str {
        self.url.path()
    }

    pub(super) fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }
}

impl Destination {
    pub(super) fn into_url(self) -> String {
        match self {
            Self::Builtin(url) | Self::File { url, .. } | Self::Foreign { url } => url,
        }
    }
}

impl<'a> Resolver<'a> {
    pub(super) fn new(disk: &'a Disk, options: &'a GraphOptions) -> Self {
        Self {
            disk,
            packages: Packages::default(),
            options,
            import_conditions: Conditions::for_import(options),
            require_conditions: Conditions::for_require(options),
            builtins: options.builtins.iter().map(String::as_str).collect(),
        }
    }

    /// Where `import specifier` leads from `base`.
    pub(super) fn import(&self, specifier: &str, base: &Base) -> Result<Destination, ResolveError> {
        if let Some(found) = self.aliased(specifier, base) {
            return Ok(found);
        }
        let resolved = if is_path(specifier) {
            base.url.join(specifier).map_err(|_| ResolveError::InvalidSpecifier)?
        } else if specifier.starts_with('#') {
            let scope = self.packages.scope_of(self.disk, base.directory())?;
            self.package_imports(scope.as_ref(), specifier, &self.import_conditions)?
        } else if let Ok(url) = Url::parse(specifier) {
            if url.scheme() == "node" {
                return self.builtin_url(specifier);
            }
            url
        } else {
            self.package(specifier, base.directory(), &self.import_conditions)?
        };
        match resolved.scheme() {
            "file" => {
                let finished = self.finish(&resolved, self.options.preserve_symlinks);
                let is_plain = resolved.query().or(resolved.fragment()).is_none();
                finished.or_else(|error| match &error {
                    ResolveError::NotFound { path } | ResolveError::Directory { path }
                        if is_plain =>
                    {
                        self.other_file(path, base).ok_or(error)
                    }
                    _ => Err(error),
                })
            }
            "node" => Ok(Destination::Builtin(resolved.into())),
            _ => Ok(Destination::Foreign { url: resolved.into() }),
        }
    }

    /// Where the first of `paths` that is about `specifier` leads.
    pub(super) fn aliased(&self, specifier: &str, base: &Base) -> Option<Destination> {
        let transform = self.options.transform.as_ref()?;
        if is_path(specifier) || typescript::is_refused_at(base.href()) {
            return None;
        }
        let mut candidates = transform.paths.iter().find_map(|path| path.candidates(specifier))?;
        candidates.find_map(|path| self.named(&path).or_else(|| self.other_file(&path, base)))
    }

    /// The file that TypeScript means by the name of one that is not there.
    pub(super) fn other_file(&self, path: &Path, base: &Base) -> Option<Destination> {
        if self.options.transform.is_none() || typescript::is_refused_at(base.href()) {
            return None;
        }
        let names = format::other_names(path.to_str()?);
        names.iter().find_map(|name| self.named(Path::new(name)))
    }

    /// The file at a path that is no URL yet.
    fn named(&self, path: &Path) -> Option<Destination> {
        let url = Url::parse(&file_url::from_path(path)?).ok()?;
        self.finish(&url, self.options.preserve_symlinks).ok()
    }

    /// Checks that a file is there and gives it its final URL: `finalizeResolution`.
    pub(super) fn finish(
        &self,
        resolved: &Url,
        preserve_symlinks: bool,
    ) -> Result<Destination, ResolveError> {
        let path = file_url::to_path(resolved).ok_or(ResolveError::InvalidSpecifier)?;
        if resolved.path().ends_with('/') {
            return Err(ResolveError::Directory { path });
        }
        let Some(real) = self.disk.file_at(&path) else {
            return Err(match self.disk.is_directory(&path) {
                true => ResolveError::Directory { path },
                false => ResolveError::NotFound { path },
            });
        };
        if preserve_symlinks {
            // The text stays as it was parsed, and Nodes differ on whether `^` is encoded then.
            if resolved.path().contains('^') {
                return Err(ResolveError::InvalidSpecifier);
            }
            self.check_scope(resolved.path(), &path)?;
            return Ok(Destination::File { url: resolved.as_str().to_owned(), real });
        }
        self.check_scope(resolved.path(), &real)?;
        let mut url = file_url::from_path(&real).ok_or(ResolveError::InvalidSpecifier)?;
        for (mark, part) in [('?', resolved.query()), ('#', resolved.fragment())] {
            if let Some(part) = part.filter(|part| !part.is_empty()) {
                url.push(mark);
                url.push_str(part);
            }
        }
        Ok(Destination::File { url, real })
    }

    /// Node wants to know a file's format as soon as it has found it, so a broken `package.json` above
    /// it is already an error here.
    fn check_scope(&self, pathname: &str, path: &Path) -> Result<(), ResolveError> {
        if let (ByName::ByScope { .. }, Some(directory)) =
            (format::by_name(pathname, self.options), path.parent())
        {
            self.packages.scope_of(self.disk, directory)?;
        }
        Ok(())
    }

    /// Where the bare `specifier` leads from `directory`: `packageResolve`.
    pub(super) fn package(
        &self,
        specifier: &str,
        directory: &Path,
        conditions: &Conditions,
    ) -> Result<Url, ResolveError> {
        if self.is_bare_builtin(specifier) {
            return Url::parse(&format!("node:{specifier}"))
                .map_err(|_| ResolveError::InvalidSpecifier);
        }
        let (name, subpath) = split_package(specifier).ok_or(ResolveError::InvalidSpecifier)?;

        if let Some(scope) = self.packages.scope_of(self.disk, directory)?
            && scope.package.exports.is_some()
            && scope.package.name.as_deref() == Some(name)
        {
            return self.package_exports(&scope.directory, &scope.package, &subpath, conditions);
        }

        let found = self.package_directory(name, directory).ok_or_else(|| {
            ResolveError::NotFound { path: directory.join("node_modules").join(name) }
        })?;
        let package = self.packages.in_directory(self.disk, &found)?;
        if let Some(package) = &package
            && package.exports.is_some()
        {
            return self.package_exports(&found, package, &subpath, conditions);
        }
        if subpath == "." {
            return self.legacy_main(&found, package.as_deref());
        }
        file_url::from_directory(&found)
            .and_then(|base| base.join(&subpath).ok())
            .ok_or(ResolveError::InvalidSpecifier)
    }

    /// The nearest `node_modules/name` that is a directory, from `directory` upwards. Every
    /// `node_modules` and scope on the way is noted with what it holds.
    fn package_directory(&self, name: &str, directory: &Path) -> Option<PathBuf> {
        let scope = name.split_once('/').map(|(scope, _)| scope);
        directory.ancestors().find_map(|ancestor| {
            let mut at = ancestor.join("node_modules");
            if !self.disk.searched_directory_at(&at) {
                return None;
            }
            if let Some(scope) = scope
                && !self.disk.searched_directory_at(&at.join(scope))
            {
                return None;
            }
            at.push(name);
            self.disk.is_directory(&at).then_some(at)
        })
    }

    /// The main file of a package without `exports`: `legacyMainResolve`. Node warns where it had to
    /// guess the file of an ES module.
    fn legacy_main(
        &self,
        directory: &Path,
        package: Option<&Package>,
    ) -> Result<Url, ResolveError> {
        const WITH_MAIN: [&str; 7] =
            ["", ".js", ".json", ".node", "/index.js", "/index.json", "/index.node"];
        const WITHOUT: [&str; 3] = ["index.js", "index.json", "index.node"];

        let main = package.and_then(|package| package.main.as_deref());
        let is_file = |path: &Path| self.disk.file_at(path).is_some();
        let named = main.and_then(|main| {
            let start = file_url::join(directory, main);
            let suffix =
                WITH_MAIN.into_iter().find(|suffix| is_file(&file_url::append(&start, suffix)))?;
            let main = if main.is_empty() { "./" } else { main };
            // The text is joined anew: after a trailing slash this is another file, in Node too.
            Some(file_url::join(directory, &format!("{main}{suffix}")))
        });
        let unnamed =
            || WITHOUT.into_iter().map(|file| directory.join(file)).find(|at| is_file(at));
        let Some(path) = named.or_else(unnamed) else {
            return Err(ResolveError::NotFound { path: directory.to_path_buf() });
        };

        let text = file_url::from_path(&path).ok_or(ResolveError::InvalidSpecifier)?;
        let url = Url::parse(&text).map_err(|_| ResolveError::InvalidSpecifier)?;
        let exact = main.filter(|main| !main.is_empty());
        let guessed = exact.is_none_or(|main| file_url::join(directory, main) != path);
        if guessed && self.is_module_by_name(&url, directory)? {
            return Err(ResolveError::Deprecated);
        }
        Ok(url)
    }

    /// Whether a file is an ES module before its content is known.
    fn is_module_by_name(&self, url: &Url, directory: &Path) -> Result<bool, ResolveError> {
        Ok(match format::by_name(url.path(), self.options) {
            ByName::Module => true,
            ByName::ByScope { .. } => {
                let directory = file_url::to_path(url)
                    .and_then(|path| path.parent().map(Path::to_path_buf))
                    .unwrap_or_else(|| directory.to_path_buf());
                self.packages
                    .scope_of(self.disk, &directory)?
                    .is_some_and(|scope| scope.package.kind == PackageType::Module)
            }
            _ => false,
        })
    }

    /// A builtin that works without its prefix.
    pub(super) fn is_bare_builtin(&self, specifier: &str) -> bool {
        !specifier.starts_with("node:") && self.builtins.contains(specifier)
    }

    /// A specifier with the prefix `node:`.
    pub(super) fn builtin_url(&self, specifier: &str) -> Result<Destination, ResolveError> {
        let known = specifier
            .strip_prefix("node:")
            .is_some_and(|name| self.builtins.contains(name) || self.builtins.contains(specifier));
        if known {
            Ok(Destination::Builtin(specifier.to_owned()))
        } else {
            Err(ResolveError::UnknownBuiltin)
        }
    }
}

/// `/`, `./`, `../`, `.` or `..`.
fn is_path(specifier: &str) -> bool {
    let relative = specifier
        .strip_prefix("..")
        .or_else(|| specifier.strip_prefix('.'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    relative || specifier.starts_with('/')
}

/// A bare specifier as the package's name and `.` or `./subpath`: `parsePackageName`. Names that
/// would not survive being part of a URL are refused too; Node looks for other things then.
fn split_package(specifier: &str) -> Option<(&str, String)> {
    let slash = if specifier.starts_with('@') {
        let scope = specifier.find('/')?;
        specifier[scope + 1..].find('/').map(|at| scope + 1 + at)
    } else {
        specifier.find('/')
    };
    let (name, rest) = specifier.split_at(slash.unwrap_or(specifier.len()));
    let unfit = |c: char| matches!(c, '%' | '\\' | '?' | '#') || c.is_ascii_control();
    let odd = name.split('/').any(|part| matches!(part, "" | "." | ".."));
    (!name.starts_with('.') && !name.contains(unfit) && !odd).then(|| (name, format!(".{rest}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_are_paths() {
        for path in [".", "..", "./a", "../a", "/a", "./"] {
            assert!(is_path(path), "{path}");
        }
        for other in ["", "a", ".a", "..a", "...", ".../a", "#a", "@a/b"] {
            assert!(!is_path(other), "{other}");
        }
    }

    #[test]
    fn packages_are_split_as_node_splits_them() {
        let split = |text| split_package(text).map(|(name, rest)| (name.to_owned(), rest));
        assert_eq!(split("a"), Some(("a".into(), ".".into())));
        assert_eq!(split("a/b/c"), Some(("a".into(), "./b/c".into())));
        assert_eq!(split("@a/b"), Some(("@a/b".into(), ".".into())));
        assert_eq!(split("@a/b/c"), Some(("@a/b".into(), "./c".into())));
        assert_eq!(split("a/"), Some(("a".into(), "./".into())));
        for bad in ["", ".a", "@a", "a%20b", "a\\b", "@a/..", "a?b"] {
            assert_eq!(split(bad), None, "{bad}");
        }
    }
}
