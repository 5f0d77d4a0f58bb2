//! Where a `require` leads: `Module._resolveFilename` and `Module._findPath` of Node's CommonJS
//! loader, and with them where the entry given on the command line leads.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::ResolveError;
use super::file_url;
use super::resolve::{Base, Destination, Resolver};

/// What `require` tries behind a name, in this order.
const EXTENSIONS: [&str; 3] = [".js", ".json", ".node"];

/// A file as found, and its real path.
struct FoundFile {
    path: PathBuf,
    real: Arc<Path>,
}

impl Resolver<'_> {
    /// Where `require(specifier)` leads from `base`.
    pub(super) fn require(
        &self,
        specifier: &str,
        base: &Base,
    ) -> Result<Destination, ResolveError> {
        if let Some(found) = self.aliased(specifier, base) {
            return Ok(found);
        }
        if specifier.starts_with("node:") {
            return self.builtin_url(specifier);
        }
        if self.is_bare_builtin(specifier) {
            return Ok(Destination::Builtin(format!("node:{specifier}")));
        }
        let not_found = || ResolveError::NotFound { path: PathBuf::from(specifier) };
        let found = if specifier.is_empty() {
            None
        } else if specifier.starts_with('/') {
            self.find(Path::new("/"), specifier)
        } else if is_relative(specifier) {
            self.find(base.directory(), specifier)
        } else {
            self.require_bare(specifier, base)?
        };
        let Some(found) = found else {
            let is_path = specifier.starts_with('/') || is_relative(specifier);
            let other = is_path
                .then(|| self.other_file(&file_url::join(base.directory(), specifier), base));
            return other.flatten().ok_or_else(not_found);
        };
        self.required(found, self.options.preserve_symlinks)
    }

    /// The file that `node path` runs: extensions and `index` are tried there as well.
    pub(super) fn main(&self, path: &Path) -> Option<Destination> {
        let text = path.to_str()?;
        let found = self.find(path, text)?;
        self.required(found, self.options.preserve_symlinks_main).ok()
    }

    fn require_bare(
        &self,
        specifier: &str,
        base: &Base,
    ) -> Result<Option<FoundFile>, ResolveError> {
        let scope = self.packages.scope_of(self.disk, base.directory())?;
        if let Some(scope) = &scope {
            if specifier.starts_with('#') && scope.package.imports.is_some() {
                let url = self.package_imports(Some(scope), specifier, &self.require_conditions)?;
                return self.found_at(&url).map(Some);
            }
            if let (Some(name), Some(_)) = (&scope.package.name, &scope.package.exports)
                && let Some(rest) = specifier.strip_prefix(name.as_str())
                && (rest.is_empty() || rest.starts_with('/'))
            {
                let subpath = format!(".{rest}");
                let url = self.package_exports(
                    &scope.directory,
                    &scope.package,
                    &subpath,
                    &self.require_conditions,
                )?;
                return self.found_at(&url).map(Some);
            }
        }

        let ancestors = base.directory().ancestors();
        let modules = ancestors
            .filter(|ancestor| ancestor.file_name().is_none_or(|name| name != "node_modules"))
            .map(|ancestor| ancestor.join("node_modules"));
        for modules in modules.chain(self.options.global_paths.iter().cloned()) {
            if !self.disk.searched_directory_at(&modules) {
                continue;
            }
            if let Some((scope, _)) = specifier.split_once('/')
                && scope.starts_with('@')
            {
                self.disk.searched_directory_at(&modules.join(scope));
            }
            if let Some((name, subpath)) = exporting_package(specifier) {
                let directory = modules.join(name);
                if let Some(package) = self.packages.in_directory(self.disk, &directory)?
                    && package.exports.is_some()
                {
                    let url = self.package_exports(
                        &directory,
                        &package,
                        &subpath,
                        &self.require_conditions,
                    )?;
                    return self.found_at(&url).map(Some);
                }
            }
            if let Some(found) = self.find(&modules, specifier) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The file, or the file with an extension, or the directory's main, that `base` and `request`
    /// make together.
    fn find(&self, base: &Path, request: &str) -> Option<FoundFile> {
        let path = file_url::join(base, request);
        let names_directory = matches!(request.rsplit('/').next(), Some("" | "." | ".."));
        if names_directory {
            let is_directory = self.disk.is_directory(&path);
            return is_directory.then(|| self.directory_main(&path)).flatten();
        }
        self.file_or(&path, |path| {
            self.with_extension(path).or_else(|| {
                // A package added, removed or replaced here is told by the files looked for inside.
                self.disk.is_directory(path).then(|| self.directory_main(path)).flatten()
            })
        })
    }

    /// The file at `path`, or what `other` finds. A directory that stands in its place is noted only where
    /// nothing is found in it: else the files inside tell that it is one.
    fn file_or(
        &self,
        path: &Path,
        other: impl Fn(&Path) -> Option<FoundFile>,
    ) -> Option<FoundFile> {
        match self.disk.is_directory(path) {
            true => other(path).or_else(|| self.file(path)),
            false => self.file(path).or_else(|| other(path)),
        }
    }

    fn directory_main(&self, directory: &Path) -> Option<FoundFile> {
        // An unreadable package.json makes Node throw: nothing is found then either.
        let package = self.packages.in_directory(self.disk, directory).ok()?;
        let main = package.as_ref().and_then(|package| package.main.as_deref());
        main.filter(|main| !main.is_empty())
            .and_then(|main| {
                self.file_or(&file_url::join(directory, main), |at| {
                    self.with_extension(at).or_else(|| self.with_extension(&at.join("index")))
                })
            })
            .or_else(|| self.with_extension(&directory.join("index")))
    }

    fn with_extension(&self, path: &Path) -> Option<FoundFile> {
        EXTENSIONS.iter().find_map(|extension| self.file(&file_url::append(path, extension)))
    }

    fn file(&self, path: &Path) -> Option<FoundFile> {
        self.disk.file_at(path).map(|real| FoundFile { path: path.to_path_buf(), real })
    }

    /// The file at a URL that `exports` or `imports` gave: `finalizeEsmResolution`.
    fn found_at(&self, url: &url::Url) -> Result<FoundFile, ResolveError> {
        let path = file_url::to_path(url).ok_or(ResolveError::InvalidSpecifier)?;
        match self.file(&path) {
            Some(found) => Ok(found),
            None => Err(ResolveError::NotFound { path }),
        }
    }

    fn required(
        &self,
        found: FoundFile,
        preserve_symlinks: bool,
    ) -> Result<Destination, ResolveError> {
        let path = if preserve_symlinks { found.path.as_path() } else { &found.real };
        let url = file_url::from_path(path).ok_or(ResolveError::InvalidSpecifier)?;
        Ok(Destination::File { url, real: found.real })
    }
}

/// `.`, `./name`, or anything that begins with `..`.
fn is_relative(specifier: &str) -> bool {
    specifier == "." || specifier.starts_with("./") || specifier.starts_with("..")
}

/// The name and `.` or `./subpath` of a specifier that may lead to a package with `exports`:
/// `EXPORTS_PATTERN`.
fn exporting_package(specifier: &str) -> Option<(&str, String)> {
    let odd = |part: &str| part.is_empty() || part.contains(['\\', '%']);
    let scope = specifier.split_once('/').map(|(scope, _)| scope);
    let scope_len = match scope {
        Some(scope) if scope.starts_with('@') && scope.len() > 1 && !odd(scope) => scope.len() + 1,
        _ => 0,
    };
    let rest = &specifier[scope_len..];
    let last = rest.split('/').next().filter(|last| !odd(last) && !last.starts_with('.'))?;
    let (name, subpath) = specifier.split_at(scope_len + last.len());
    Some((name, format!(".{subpath}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_with_exports_are_told_by_nodes_pattern() {
        let name = |text| exporting_package(text).map(|(name, subpath)| (name.to_owned(), subpath));
        assert_eq!(name("a"), Some(("a".into(), ".".into())));
        assert_eq!(name("a/b.js"), Some(("a".into(), "./b.js".into())));
        assert_eq!(name("@a/b/c/d"), Some(("@a/b".into(), "./c/d".into())));
        assert_eq!(name("@a"), Some(("@a".into(), ".".into())));
        assert_eq!(name("a/"), Some(("a".into(), "./".into())));
        for bad in [".a", "a%b", "a\\b", "@a/.b", "@a/"] {
            assert_eq!(name(bad), None, "{bad}");
        }
    }
}
