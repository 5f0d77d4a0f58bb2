//! `exports` and `imports` of a `package.json`: `PACKAGE_EXPORTS_RESOLVE`, `PACKAGE_IMPORTS_RESOLVE`
//! and `PACKAGE_TARGET_RESOLVE` of Node's ESM resolver, which `require` uses too.

use std::cmp::Ordering;
use std::path::Path;

use serde_json::{Map, Value};
use url::Url;

use super::error::ResolveError;
use super::file_url;
use super::options::Conditions;
use super::package::{Package, Scope};
use super::resolve::Resolver;

/// What a target says. `null` stops the search where "nothing" lets it go on.
enum Match {
    /// No condition applied.
    Nothing,
    /// Closed off by `null`.
    Null,
    Url(Url),
}

/// One target being resolved: everything that stays the same while its conditions are descended.
struct Target<'a> {
    resolver: &'a Resolver<'a>,
    /// Where the `package.json` lies.
    directory: &'a Path,
    /// The key that was matched, and what its `*` stood for.
    star: Option<&'a str>,
    /// Of `imports` rather than `exports`.
    internal: bool,
    conditions: &'a Conditions,
}

impl Resolver<'_> {
    /// The URL that `package`, lying in `directory`, exports as `subpath` (`.` or `./name`).
    pub(super) fn package_exports(
        &self,
        directory: &Path,
        package: &Package,
        subpath: &str,
        conditions: &Conditions,
    ) -> Result<Url, ResolveError> {
        let config = || ResolveError::InvalidPackageConfig { path: directory.join("package.json") };
        let missing = || ResolveError::NotExported { path: directory.join("package.json") };
        let exports = package.exports.as_ref().ok_or_else(missing)?;
        let subpaths = match exports {
            Value::Object(map) if !is_conditions(map).ok_or_else(config)? => Some(map),
            _ => None,
        };
        let (target, star) = match subpaths {
            None if subpath == "." => (exports, None),
            None => return Err(missing()),
            Some(map) => match map.get(subpath) {
                Some(target) if !subpath.contains('*') && !subpath.ends_with('/') => (target, None),
                _ => match best_pattern(map, subpath).ok_or_else(missing)? {
                    _ if subpath.ends_with('/') => return Err(ResolveError::Deprecated),
                    (target, star) => (target, Some(star)),
                },
            },
        };
        let target_of = Target { resolver: self, directory, star, internal: false, conditions };
        match target_of.resolve(target)? {
            Match::Url(url) => Ok(url),
            Match::Null | Match::Nothing => Err(missing()),
        }
    }

    /// The URL that `scope` imports as `name` (`#name`).
    pub(super) fn package_imports(
        &self,
        scope: Option<&Scope>,
        name: &str,
        conditions: &Conditions,
    ) -> Result<Url, ResolveError> {
        let refused_root = name.starts_with("#/") && !self.options.root_imports;
        if name == "#" || name.ends_with('/') || refused_root {
            return Err(ResolveError::InvalidSpecifier);
        }
        let undefined = || ResolveError::ImportNotDefined;
        let scope = scope.ok_or_else(undefined)?;
        let Some(Value::Object(imports)) = &scope.package.imports else { return Err(undefined()) };
        let (target, star) = match imports.get(name) {
            Some(target) if !name.contains('*') => (target, None),
            _ => {
                let (target, star) = best_pattern(imports, name).ok_or_else(undefined)?;
                (target, Some(star))
            }
        };
        let target_of = Target {
            resolver: self,
            directory: &scope.directory,
            star,
            internal: true,
            conditions,
        };
        match target_of.resolve(target)? {
            Match::Url(url) => Ok(url),
            Match::Null | Match::Nothing => Err(undefined()),
        }
    }
}

impl Target<'_> {
    fn resolve(&self, target: &Value) -> Result<Match, ResolveError> {
        match target {
            Value::String(text) => self.resolve_text(text).map(Match::Url),
            Value::Array(items) => self.resolve_items(items),
            Value::Object(map) => {
                if map.keys().any(|key| is_array_index(key)) {
                    let path = self.directory.join("package.json");
                    return Err(ResolveError::InvalidPackageConfig { path });
                }
                for (condition, inner) in map {
                    if self.conditions.contains(condition) {
                        match self.resolve(inner)? {
                            Match::Nothing => {}
                            found => return Ok(found),
                        }
                    }
                }
                Ok(Match::Nothing)
            }
            Value::Null => Ok(Match::Null),
            Value::Bool(_) | Value::Number(_) => Err(self.invalid()),
        }
    }

    /// The first item that is neither invalid nor empty; else what the last one failed with.
    fn resolve_items(&self, items: &[Value]) -> Result<Match, ResolveError> {
        // An empty list is `null`; a list where no condition applied is nothing.
        let mut last = Ok(if items.is_empty() { Match::Null } else { Match::Nothing });
        for item in items {
            match self.resolve(item) {
                Err(error @ ResolveError::InvalidPackageTarget { .. }) => last = Err(error),
                Err(error) => return Err(error),
                Ok(Match::Nothing) => {}
                Ok(Match::Null) => last = Ok(Match::Null),
                Ok(found) => return Ok(found),
            }
        }
        last
    }

    fn resolve_text(&self, target: &str) -> Result<Url, ResolveError> {
        let with_star = |text: &str| match self.star {
            Some(star) => text.replace('*', star),
            None => text.to_owned(),
        };
        let Some(inside) = target.strip_prefix("./") else {
            let elsewhere = self.internal
                && !target.starts_with('/')
                && !target.starts_with("../")
                && Url::parse(target).is_err();
            if elsewhere {
                let name = with_star(target);
                return self.resolver.package(&name, self.directory, self.conditions);
            }
            return Err(self.invalid());
        };
        check_segments(inside, || self.invalid())?;
        let base = file_url::from_directory(self.directory).ok_or_else(|| self.invalid())?;
        let resolved = base.join(target).map_err(|_| self.invalid())?;
        if !resolved.path().starts_with(base.path()) {
            return Err(self.invalid());
        }
        match self.star {
            None | Some("") => Ok(resolved),
            Some(star) => {
                check_segments(star, || ResolveError::InvalidSpecifier)?;
                Url::parse(&with_star(resolved.as_str()))
                    .map_err(|_| ResolveError::InvalidSpecifier)
            }
        }
    }

    fn invalid(&self) -> ResolveError {
        ResolveError::InvalidPackageTarget { path: self.directory.join("package.json") }
    }
}

/// Whether an `exports` object is conditions rather than subpaths; `None` if it mixes them.
fn is_conditions(exports: &Map<String, Value>) -> Option<bool> {
    let mut keys = exports.keys().map(|key| !key.starts_with('.'));
    let first = keys.next().unwrap_or(false);
    keys.all(|other| other == first).then_some(first)
}

/// The most specific key with a `*` that `name` matches, and what the `*` stands for.
fn best_pattern<'a>(map: &'a Map<String, Value>, name: &'a str) -> Option<(&'a Value, &'a str)> {
    let mut best: Option<(&str, &Value, &str)> = None;
    for (key, target) in map {
        let Some((head, tail)) = key.split_once('*') else { continue };
        let matches = !tail.contains('*')
            && name.starts_with(head)
            && name.ends_with(tail)
            && utf16_len(name) >= utf16_len(key)
            && best.is_none_or(|(other, ..)| more_specific(key, other));
        if matches && let Some(star) = name.get(head.len()..name.len() - tail.len()) {
            best = Some((key, target, star));
        }
    }
    best.map(|(_, target, star)| (target, star))
}

/// Whether the pattern `key` goes before `other`: a longer text before the `*`, then a longer key.
fn more_specific(key: &str, other: &str) -> bool {
    let head = |key: &str| utf16_len(key.split_once('*').map_or(key, |(head, _)| head));
    match head(key).cmp(&head(other)) {
        Ordering::Equal => utf16_len(key) > utf16_len(other),
        order => order == Ordering::Greater,
    }
}

fn utf16_len(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// Whether JavaScript would sort this key first, as a number.
fn is_array_index(key: &str) -> bool {
    key.parse::<u32>().is_ok_and(|number| number != u32::MAX && number.to_string() == key)
}

/// Refuses `.`, `..` and `node_modules` between slashes, encoded or not; an empty segment is only
/// deprecated, which Node says on standard error, so that is left to it.
fn check_segments(path: &str, refused: impl Fn() -> ResolveError) -> Result<(), ResolveError> {
    let mut empty = false;
    for segment in path.split(['/', '\\']) {
        let plain = decode_ascii(segment).to_ascii_lowercase();
        match plain.as_slice() {
            b"." | b".." | b"node_modules" => return Err(refused()),
            b"" => empty = true,
            _ => {}
        }
    }
    if empty { Err(ResolveError::Deprecated) } else { Ok(()) }
}

fn decode_ascii(segment: &str) -> Vec<u8> {
    percent_encoding::percent_decode_str(segment).collect()
}
