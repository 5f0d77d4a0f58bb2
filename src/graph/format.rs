//! How Node would treat a file: `lib/internal/modules/esm/get_format.js`.

/// What the name of a file says about its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByName {
    Module,
    CommonJs,
    Json,
    /// The `type` of the package scope decides, then the syntax.
    ByScope {
        /// No extension, so it may also be WebAssembly.
        bare: bool,
    },
    /// Not ours to load, for this reason.
    Left(&'static str),
}

/// What the last part of `pathname`, a URL's path, says to a runtime that strips types or does not.
pub(super) fn by_name(pathname: &str, strip_types: bool) -> ByName {
    match extension(pathname) {
        ".mts" if strip_types => ByName::Module,
        ".cts" if strip_types => ByName::CommonJs,
        ".ts" if strip_types => ByName::ByScope { bare: false },
        ".mjs" => ByName::Module,
        ".cjs" => ByName::CommonJs,
        ".json" => ByName::Json,
        ".js" => ByName::ByScope { bare: false },
        "" => ByName::ByScope { bare: true },
        ".wasm" => ByName::Left("WebAssembly"),
        ".node" => ByName::Left("a native addon"),
        ".ts" | ".mts" | ".cts" => ByName::Left("TypeScript"),
        _ => ByName::Left("unknown file extension"),
    }
}

/// Whether the name is that of TypeScript.
pub(super) fn is_typescript(pathname: &str) -> bool {
    matches!(extension(pathname), ".ts" | ".mts" | ".cts")
}

/// The extension of a URL's path, its dot included; none for `.name`.
fn extension(pathname: &str) -> &str {
    let name = pathname.rsplit('/').next().unwrap_or(pathname);
    match name.rfind('.') {
        None | Some(0) => "",
        Some(dot) => &name[dot..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_cut_as_node_cuts_them() {
        for (pathname, expected) in [
            ("/a/b.js", ".js"),
            ("/a/b", ""),
            ("/a.b/c", ""),
            ("/a/.js", ""),
            ("/a/.b.js", ".js"),
            ("/a/b.c.mjs", ".mjs"),
            ("/a/b.", "."),
            ("/a/b%2Ejs", ""),
        ] {
            assert_eq!(extension(pathname), expected, "{pathname}");
        }
    }
}
