//! Depth ends no process: the inputs that once did, and what only looks deep.
//!
//! A stack that overflows ends the test's process, so a failure names no test. Random nestings of every
//! production are in `tests/fuzz.rs`.

use std::thread;

use bmes_cache::analyze::{
    Syntax, analyze_commonjs, analyze_module, detect_syntax, set_thread_stack_size, stack_needed,
};
use bmes_cache::graph::{GraphOptions, build_graph};

/// Links that are balanced in themselves, each of which goes one level deeper.
const LINKS: &[(&str, &str, &str)] = &[
    ("let a=0;export default ", "a?{}:", "1"),
    ("let a=0;export default ", "a?b=>c:", "1"),
    ("var a;a=", "a=", "1"),
    ("", "if(a){}else ", ";"),
    ("", "if(a);else ", ";"),
    ("", "for(;;)", ";"),
    ("", "for(a of b)", ";"),
    ("", "while(a)", ";"),
    ("a=", "a=>", "1"),
    ("a=", "async a=>", "1"),
    ("a=", "!", "1"),
    ("a=", "- ", "1"),
    ("a=", "typeof ", "1"),
    ("a=", "await ", "1"),
    ("a=", "new ", "b"),
    ("a=", "b**", "1"),
];
/// The same for what is read in a loop and is deep all the same, as a tree.
const CHAINS: &[(&str, &str)] = &[
    ("a=b", "+\"a{b}\""),
    ("a=b", "+`${a}`"),
    ("a=b", "||{}"),
    ("a=b", ".t(function(){})"),
    ("a=b", "\n.then(c=>{})"),
    ("a=b", "?.c"),
    ("a=b", "[0]"),
    ("a=b", "``"),
    ("a=b", "()"),
    ("a=b", "<c"),
];
const BRACKETS: &[(&str, &str)] = &[
    ("[", "]"),
    ("(", ")"),
    ("({a:", "})"),
    ("`${", "}`"),
    ("(function(){", "})"),
    ("(()=>{", "})"),
    ("(class{a(){", "}})"),
    ("(class{static{", "}})"),
    ("(class extends ", "{})"),
    ("f(", ")"),
    ("a[", "]"),
];

fn sources(levels: usize) -> Vec<String> {
    let links =
        LINKS.iter().map(|(start, link, end)| format!("{start}{}{end}", link.repeat(levels)));
    let chains = CHAINS.iter().map(|(start, link)| format!("{start}{}", link.repeat(levels)));
    let brackets = BRACKETS.iter().map(|(open, close)| {
        let levels = levels / 4;
        // What may be empty is, for statements stand in some.
        let inner = if open.ends_with("){") || open.ends_with("c{") || open.ends_with(">{") {
            ""
        } else {
            "a"
        };
        format!("x={}{inner}{}", open.repeat(levels), close.repeat(levels))
    });
    let groups = [format!("/{}{}/", "(".repeat(levels / 8), ")".repeat(levels / 8))];
    links.chain(chains).chain(brackets).chain(groups).collect()
}

/// Its first bytes, for a message.
fn start(source: &str) -> &str {
    &source[..source.floor_char_boundary(40)]
}

#[test]
fn deep_sources_are_read() {
    for source in sources(1500) {
        let found = analyze_module(&source);
        assert!(found.is_ok(), "{}: {found:?}", start(&source));
        let _ = analyze_commonjs(&source);
        let is_module = source.contains("export ") || source.contains("await ");
        let syntax = if is_module { Syntax::Module } else { Syntax::CommonJs };
        assert_eq!(detect_syntax(&source), syntax, "{}", start(&source));
    }
}

/// 75 KB, and what a template of a page may be.
#[test]
fn long_chains_are_read() {
    for source in [
        "let a=0;export default ".to_owned() + &"a?{}:".repeat(15_000) + "1",
        "let a=0;export default a".to_owned() + &"+\"a{b}\"".repeat(110_000),
        "[".repeat(50_000) + &"]".repeat(50_000),
    ] {
        let found = analyze_module(&source);
        assert!(found.is_ok(), "{}: {found:?}", start(&source));
    }
}

/// Each on a stack no larger than it is said to need, so that the figure is one.
#[test]
fn the_stack_that_is_said_to_be_needed_is_enough() {
    for source in sources(600) {
        println!("{}", start(&source));
        let needed = stack_needed(&source).expect("not too deep");
        thread::scope(|scope| {
            let read = || {
                set_thread_stack_size(usize::MAX);
                let _ = analyze_module(&source);
                let _ = analyze_commonjs(&source);
                let _ = detect_syntax(&source);
            };
            let thread = thread::Builder::new().stack_size(needed).spawn_scoped(scope, read);
            thread.expect("a thread").join().expect("no panic");
        });
    }
}

#[test]
fn what_is_deeper_than_any_stack_has_its_own_error() {
    for source in [
        "[".repeat(1_000_000),
        "a?{}:".repeat(1_000_000),
        "if(a){}else ".repeat(1_000_000),
        "a".to_owned() + &"+`${a}`".repeat(1_000_000),
    ] {
        let error = analyze_module(&source).expect_err(start(&source));
        assert_eq!(error.code(), "BMES_TOO_DEEP", "{}", start(&source));
        let error = analyze_commonjs(&source).expect_err(start(&source));
        assert_eq!(error.code(), "BMES_TOO_DEEP", "{}", start(&source));
        assert_eq!(detect_syntax(&source), Syntax::CommonJs, "{}", start(&source));
    }
}

#[test]
fn text_is_no_depth() {
    let brackets = "[({".repeat(40_000);
    for source in [
        format!("export const a = '{brackets}';"),
        format!("export const a = \"{brackets}\";"),
        format!("export const a = `{brackets}`;"),
        format!("/* {brackets} */ export const a = 1;"),
        format!("// {brackets}\nexport const a = 1;"),
        format!("export const a = [{}];", "'[', /[({]/, ".repeat(20_000)),
        format!("export const a = {{{}}};", "a: [1, b ? c : d],".repeat(20_000)),
        "var a = b(c)\nvar d = e\n{ f }\n".repeat(20_000),
        "if (a) b(); else if (c) d()\n{ function e() {} }\n".repeat(20_000),
    ] {
        let found = analyze_module(&source);
        assert!(found.is_ok(), "{}: {found:?}", start(&source));
    }
}

/// Exit 139 where Node exits 0.
#[test]
fn a_crawl_outlives_deep_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut entry = String::new();
    let chain = "a".to_owned() + &"+\"a{b}\"".repeat(110_000);
    let too_deep = "[".repeat(1_000_000);
    let sources: Vec<_> = sources(1000).into_iter().chain([chain, too_deep]).collect();
    for (number, source) in sources.iter().enumerate() {
        let name = format!("{number}.js");
        std::fs::write(folder.path().join(&name), source).expect("a folder");
        entry += &format!("import './{name}';\n");
    }
    std::fs::write(folder.path().join("package.json"), "{\"type\":\"module\"}").expect("a folder");
    let main = folder.path().join("main.js");
    std::fs::write(&main, entry + "import './shallow.js';").expect("a folder");
    std::fs::write(folder.path().join("shallow.js"), "export {}").expect("a folder");
    let graph = build_graph(&*main, &GraphOptions::default()).expect("an entry");
    let left: Vec<_> =
        graph.modules.iter().filter_map(|module| module.left_to_runtime.as_deref()).collect();
    assert_eq!(graph.modules.len(), sources.len() + 2);
    let [reason] = left[..] else { panic!("{left:?}") };
    assert!(reason.contains("too deep"), "{reason}");
}
