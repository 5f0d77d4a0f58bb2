//! What the parser has wrong about JavaScript, by ECMA-262 and V8, and is not put right in here: each line
//! fails on the day it is mended, and is then taken out of here and of docs/parser.md.

use bmes_cache::analyze::{ErrorKind, analyze_module};

fn verdict(source: &str) -> Result<(), ErrorKind> {
    analyze_module(source).map(|_| ()).map_err(|error| error.kind())
}

/// Programs that have no record, so they start without the cache.
#[test]
fn programs_that_are_refused() {
    for source in [
        // A default is no target.
        "({a = eval} = {})",
        "[a = arguments] = []",
        "({a = arguments} = {})",
        // Names that are keywords elsewhere.
        "for (await using;;) break",
        "async(...a)",
        "async(...a, b)",
        "async()\n{}",
        // Any number of times.
        "/x{99999999999999999999}/",
        // An error when it runs, for the web's sake.
        "a() = 1",
        "a()++",
        "for (a() of b) ;",
    ] {
        assert_eq!(verdict(source), Err(ErrorKind::Syntax), "mended: {source}");
    }
}

/// Decorators that have lost their class: what does run natively ends with an error all the same.
#[test]
fn other_text_that_is_accepted() {
    for source in ["@a export {}", "@a export * from 'b'"] {
        assert_eq!(verdict(source), Ok(()), "mended: {source}");
    }
}

/// What is as it should be beside those, and beside what `leniency` puts right.
#[test]
fn their_neighbours_are_right() {
    for source in [
        "for (eval of a) ;",
        "for (arguments of a) ;",
        "for (eval in a) ;",
        "for ((arguments) in a) ;",
        "a ?? (b) || c",
        "a ?? (b) && c",
        "a ?? b || c",
        "a || (b) ?? c",
        "a && (b) ?? c",
        "(a) ?? b && c",
        "({get x(...r){}})",
        "class A { get x(...r){} }",
        "class A { static get #x(...r){} }",
        "({set x(...r){}})",
        "({get x(a){}})",
        "[eval] = a",
        "({eval} = a)",
        "({...eval} = a)",
    ] {
        assert_eq!(verdict(source), Err(ErrorKind::Syntax), "{source}");
    }
    for source in [
        "(a ?? b) || c",
        "a ?? (b || c)",
        "(a && b) ?? c",
        "a ?? b ?? c",
        "for (eval.b of a) ;",
        "for (a[arguments] in b) ;",
        "for (evals of a) ;",
        "({get x(){}, set x(a){}, y(...r){}})",
        "class A { get x(){} set x(a){} y(...r){} }",
        "async(a)\n{}",
    ] {
        assert_eq!(verdict(source), Ok(()), "{source}");
    }
}
