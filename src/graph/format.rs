//! How Node would treat a file: `lib/internal/modules/esm/get_format.js`.

use super::options::GraphOptions;

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

/// What the last part of `pathname`, a URL's path, says to a runtime that strips types or does not, or
/// for which more is transformed.
pub(super) fn by_name(pathname: &str, options: &GraphOptions) -> ByName {
    let transforms = options.transform.is_some();
    let strip_types = options.strip_types || transforms;
    match extension(pathname) {
        ".tsx" | ".jsx" if transforms => ByName::ByScope { bare: false },
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

/// What others must make into JavaScript, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `.ts`, `.mts`, `.cts`.
    TypeScript,
    /// `.tsx`: a text of it may mean another thing.
    Tsx,
    /// `.jsx`.
    Jsx,
}

impl Dialect {
    /// The extension that stands for it.
    pub fn extension(self) -> &'static str {
        match self {
            Self::TypeScript => "ts",
            Self::Tsx => "tsx",
            Self::Jsx => "jsx",
        }
    }

    /// That of a URL's path.
    pub(super) fn of(pathname: &str, options: &GraphOptions) -> Option<Self> {
        let transforms = options.transform.is_some();
        match extension(pathname) {
            ".ts" | ".mts" | ".cts" if options.strip_types || transforms => Some(Self::TypeScript),
            ".tsx" if transforms => Some(Self::Tsx),
            ".jsx" if transforms => Some(Self::Jsx),
            _ => None,
        }
    }

    /// The same of a URL that is known to be one.
    pub(super) fn of_url(url: &str) -> Self {
        match extension(url.split(['?', '#']).next().unwrap_or(url)) {
            ".tsx" => Self::Tsx,
            ".jsx" => Self::Jsx,
            _ => Self::TypeScript,
        }
    }
}

/// The names under which a file may be that is not there under the name that was asked for, in the order
/// in which they are tried: what TypeScript calls by the name it would be compiled to, and what bundlers
/// find without an extension.
pub(super) fn other_names(path: &str) -> Vec<String> {
    const WITHOUT: [&str; 5] = [".ts", ".tsx", ".js", ".jsx", ".json"];
    let with = |stem: &str, extensions: &[&str]| -> Vec<String> {
        extensions.iter().map(|extension| [stem, extension].concat()).collect()
    };
    let compiled: &[(&str, &[&str])] = &[
        (".js", &[".ts", ".tsx"]),
        (".jsx", &[".tsx", ".ts"]),
        (".mjs", &[".mts"]),
        (".cjs", &[".cts"]),
    ];
    let mut names: Vec<String> = Vec::new();
    for (extension, sources) in compiled {
        if let Some(stem) = path.strip_suffix(extension) {
            names.extend(with(stem, sources));
        }
    }
    let path = path.strip_suffix('/').unwrap_or_else(|| {
        names.extend(with(path, &WITHOUT));
        path
    });
    names.extend(with(&[path, "/index"].concat(), &WITHOUT));
    names
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
