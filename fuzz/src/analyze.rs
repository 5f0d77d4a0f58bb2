//! Source text: `analyze`, and what it finds through `format` and back.

use bmes_cache::analyze::{AnalyzeError, analyze_commonjs, analyze_module, detect_syntax};
use bmes_cache::format::{Record, write};
use bmes_cache::metadata::ModuleMetadata;

/// The bytes as a file's text; what is not UTF-8 never gets as far as here. Whether it is a module.
pub fn check(bytes: &[u8]) -> bool {
    let Ok(source) = str::from_utf8(bytes) else { return false };
    let _ = detect_syntax(source);
    if let Err(error) = analyze_commonjs(source) {
        check_error(source, &error);
    }
    let analysis = analyze_module(source);
    match &analysis {
        Ok(found) => {
            check_metadata(&found.metadata);
            let longer = analyze_module(&format!("{source}\n/**/"));
            assert_eq!(longer, analysis, "a comment more is the same module");
        }
        Err(error) => check_error(source, error),
    }
    analysis.is_ok()
}

fn check_error(source: &str, error: &AnalyzeError) {
    assert!(error.offset() <= source.len(), "{error}");
    assert!(error.line() >= 1 && error.column() >= 1, "{error}");
    assert!(error.code().starts_with("BMES_"), "{error}");
    let _ = error.code_frame(source);
}

fn check_metadata(metadata: &ModuleMetadata) {
    let requests: Vec<_> = metadata.requested_modules.iter().map(|it| &it.specifier).collect();
    let from_imports = metadata.import_entries.iter().map(|it| &it.module_request);
    let from_exports = metadata.export_entries.iter().filter_map(|it| it.module_name.as_ref());
    let named = from_imports.chain(from_exports).chain(&metadata.star_exports);
    for specifier in named {
        assert!(requests.contains(&specifier), "{specifier:?} is used and not requested");
    }
    let distinct = metadata.requested_modules.iter().enumerate();
    for (at, request) in distinct {
        assert!(!metadata.requested_modules[..at].contains(request), "{request:?} twice");
    }
    let bytes = write(metadata, &[]).expect("small");
    assert_eq!(&Record::parse(&bytes).expect("just written").metadata(), metadata);
}
