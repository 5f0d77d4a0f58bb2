//! Paths and `file:` URLs, to the byte as `node:url` converts them.
//!
//! `pathToFileURL` encodes more than the URL standard's path does (`[`, `]`, `^`, `|`, `~`), the same
//! in every Node this package knows, and a module's identity is that text.

use std::path::{Component, Path, PathBuf};

use url::Url;

#[cfg(unix)]
const PATH_TO_FILE_URL: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b'~');

/// `pathToFileURL(path).href`. `None` for a path that is not absolute or not UTF-8.
#[cfg(unix)]
pub fn from_path(path: &Path) -> Option<String> {
    let text = path.to_str().filter(|text| text.starts_with('/'))?;
    Some(format!("file://{}", percent_encoding::utf8_percent_encode(text, PATH_TO_FILE_URL)))
}

/// `pathToFileURL(path).href`. `None` for a path that is not absolute or not UTF-8.
#[cfg(not(unix))]
pub fn from_path(path: &Path) -> Option<String> {
    Url::from_file_path(path).ok().map(String::from)
}

/// [`from_path`] of a directory, with the slash that makes URLs relative to it.
pub(super) fn from_directory(path: &Path) -> Option<Url> {
    let mut text = from_path(path)?;
    if !text.ends_with('/') {
        text.push('/');
    }
    Url::parse(&text).ok()
}

/// `fileURLToPath(url)`. `None` where Node throws.
#[cfg(unix)]
pub(super) fn to_path(url: &Url) -> Option<PathBuf> {
    if url.scheme() != "file" || url.host_str().is_some() || has_encoded_separator(url.path()) {
        return None;
    }
    let decoded = percent_encoding::percent_decode_str(url.path()).decode_utf8().ok()?;
    (!decoded.contains('\0')).then(|| PathBuf::from(decoded.into_owned()))
}

/// `fileURLToPath(url)`. `None` where Node throws.
#[cfg(not(unix))]
pub(super) fn to_path(url: &Url) -> Option<PathBuf> {
    (!has_encoded_separator(url.path())).then(|| url.to_file_path().ok()).flatten()
}

/// Whether `pathname` holds `%2F` or `%5C`, which Node refuses to load.
pub(super) fn has_encoded_separator(pathname: &str) -> bool {
    pathname
        .as_bytes()
        .windows(3)
        .any(|window| matches!(window, [b'%', b'2', b'f' | b'F'] | [b'%', b'5', b'c' | b'C']))
}

/// `path.resolve(base, path)` for an absolute `base`: joined, then `.` and `..` removed by name.
pub(super) fn join(base: &Path, path: &str) -> PathBuf {
    let mut joined = base.to_path_buf();
    for component in Path::new(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                joined.pop();
            }
            other => joined.push(other),
        }
    }
    joined
}

/// `path` with `suffix` behind its last name, as string concatenation does it.
pub(super) fn append(path: &Path, suffix: &str) -> PathBuf {
    let mut text = path.as_os_str().to_owned();
    text.push(suffix);
    PathBuf::from(text)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded_as_node_encodes_them() {
        let path = Path::new("/a b%\"#?<>[]\\^`{|}~\t\u{7f}'!$&()*+,;=:@é😀");
        assert_eq!(
            from_path(path).as_deref(),
            Some(
                "file:///a%20b%25%22%23%3F%3C%3E%5B%5D%5C%5E%60%7B%7C%7D%7E%09%7F'!$&()*+,;=:@%C3%A9%F0%9F%98%80"
            )
        );
    }

    #[test]
    fn every_path_survives_the_way_there_and_back() {
        for text in ["/", "/a%2fb", "/a b/ü#?.js", "/x/%/~"] {
            let url = Url::parse(&from_path(Path::new(text)).expect("absolute")).expect("a URL");
            assert_eq!(to_path(&url).as_deref(), Some(Path::new(text)));
        }
    }

    #[test]
    fn encoded_separators_and_hosts_are_refused() {
        for text in ["file:///a%2Fb", "file:///a%5cb", "file://host/a", "file:///%ff", "data:,x"] {
            assert_eq!(to_path(&Url::parse(text).expect("a URL")), None, "{text}");
        }
    }

    #[test]
    fn joining_removes_dots_by_name() {
        assert_eq!(join(Path::new("/a/b"), "../c/./d"), Path::new("/a/c/d"));
        assert_eq!(join(Path::new("/a"), "/b"), Path::new("/b"));
        assert_eq!(join(Path::new("/a"), "../../.."), Path::new("/"));
        assert_eq!(append(Path::new("/a/b"), ".js"), Path::new("/a/b.js"));
    }
}
