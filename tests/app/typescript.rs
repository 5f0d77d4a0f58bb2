//! Apps in TypeScript: what the runtime makes of it is kept, and asked for once.

use std::cell::RefCell;

use bmes_cache::app::{Opened, Session, Settings, Transcript};
use bmes_cache::graph::{Entry, GraphOptions, StrippedTexts, crawl};
use bmes_cache::module_graph::ModuleFormat;
use bmes_cache::pack::Pack;

use crate::project::{Project, observed, options, strip};

fn app() -> Project {
    Project::new(&[
        ("main.ts", "import { b } from './b.ts'; const a: number = b;"),
        ("b.ts", "import './c.cts'; export const b: number = 1;"),
        ("c.cts", "const c: number = require('./d.cts');"),
        ("d.cts", "module.exports = 2;"),
        ("package.json", r#"{ "type": "module" }"#),
    ])
}

fn settings(project: &Project) -> Settings {
    let graph = GraphOptions { strip_types: true, ..options() };
    Settings { entry: project.path("main.ts"), graph, ..project.settings() }
}

/// What a run is seen to do.
fn seen(project: &Project) -> Transcript {
    let mut texts = StrippedTexts::default();
    let (url, options) = (project.url("main.ts"), settings(project).graph);
    loop {
        let crawled = crawl(Entry::Url(&url), &options, &texts).expect("a graph");
        if crawled.unstripped.is_empty() {
            return observed(&crawled.graph);
        }
        let stripped = strip(&crawled.unstripped).expect("stripped");
        for (missing, stripped) in crawled.unstripped.iter().zip(stripped) {
            texts.insert(missing.content_hash, missing.dialect, stripped.as_deref());
        }
    }
}

/// A first run; gives what the runtime was asked to strip, question by question.
fn learn(project: &Project) -> Vec<Vec<String>> {
    let (mut session, opened) = Session::open(settings(project));
    assert!(matches!(opened, Opened::Miss(_)), "{opened:?}");
    session.watch().expect("nobody else watches it");
    let asked = RefCell::new(Vec::new());
    session.start_learning(seen(project), &mut |unstripped| {
        asked.borrow_mut().push(unstripped.iter().map(|it| it.text.clone()).collect());
        strip(unstripped)
    });
    session.finish().expect("learnt");
    asked.into_inner()
}

fn text(project: &Project, pack: &Pack, name: &str) -> String {
    let source = pack.source(project.row(pack, name)).expect("its text");
    String::from_utf8(source.bytes.into_owned()).expect("ASCII")
}

#[test]
fn all_that_is_typescript_is_asked_for_at_once() {
    let project = app();
    let mut asked = learn(&project);
    assert_eq!(asked.len(), 1, "{asked:?}");
    asked[0].sort();
    asked[0].dedup();
    assert_eq!(asked[0].len(), 4, "{asked:?}");
}

#[test]
fn a_pack_has_the_text_of_the_runtime_under_the_content_of_the_file() {
    let project = app();
    learn(&project);
    let (session, opened) = Session::open(settings(&project));
    assert_eq!(opened, Opened::Hit);
    let pack = session.pack().expect("a hit has a pack");
    assert_eq!(pack.hooks_only(), "");
    let url = project.url("main.ts");
    let wanted =
        format!("import {{ b }} from './b.ts'; const a         = b;\n\n//# sourceURL={url}");
    assert_eq!(text(&project, pack, "main.ts"), wanted);
    assert_eq!(text(&project, pack, "c.cts"), "const c         = require('./d.cts');");
    for name in ["main.ts", "b.ts", "c.cts", "d.cts"] {
        let row = project.row(pack, name);
        assert!(pack.is_typescript(row), "{name}");
        let is_module = pack.format(row) == ModuleFormat::Module;
        assert_eq!(is_module, name.ends_with(".ts"), "{name}");
    }
}

#[test]
fn a_file_that_was_only_touched_is_not_stripped_again() {
    let project = app();
    learn(&project);
    let path = project.path("b.ts");
    let content = std::fs::read_to_string(&path).expect("there");
    std::fs::remove_file(&path).expect("removed");
    project.write("b.ts", &content);
    let (_, opened) = Session::open(settings(&project));
    assert_eq!(opened, Opened::Hit);
}

#[test]
fn after_an_edit_only_what_was_edited_is_stripped_again() {
    let project = app();
    learn(&project);
    project.write("b.ts", "import './c.cts'; export const b: number = 22;");
    let (_, opened) = Session::open(settings(&project));
    let Opened::Miss(reason) = opened else { panic!("{opened:?}") };
    assert_eq!(reason.code, "BMES_GUARD_CHANGED");
    assert!(reason.detail.contains("b.ts"), "{reason:?}");
    assert!(reason.detail.contains("its types are not stripped"), "{reason:?}");
    let asked = learn(&project).concat();
    assert_eq!(asked, ["import './c.cts'; export const b: number = 22;"]);
    let (session, opened) = Session::open(settings(&project));
    assert_eq!(opened, Opened::Hit);
    let pack = session.pack().expect("a hit has a pack");
    assert!(text(&project, pack, "b.ts").contains("b         = 22;"));
}

#[test]
fn a_runtime_that_can_be_asked_keeps_the_pack_after_an_edit() {
    let project = app();
    learn(&project);
    project.write("b.ts", "import './c.cts'; export const b: number = 22;");
    let mut asked = Vec::new();
    let (session, opened) = Session::open_stripping(settings(&project), &mut |unstripped| {
        asked.extend(unstripped.iter().map(|it| it.text.clone()));
        strip(unstripped)
    });
    assert!(matches!(opened, Opened::Refreshed(_)), "{opened:?}");
    assert_eq!(asked, ["import './c.cts'; export const b: number = 22;"]);
    let pack = session.pack().expect("refreshed");
    assert!(
        text(&project, pack, "b.ts").starts_with("import './c.cts'; export const b         = 22;")
    );
}

#[test]
fn an_edit_that_the_runtime_refuses_is_learnt_anew() {
    let project = app();
    learn(&project);
    project.write("b.ts", "import './c.cts'; export enum b { A }");
    let (_, opened) = Session::open_stripping(settings(&project), &mut strip);
    let Opened::Miss(reason) = opened else { panic!("{opened:?}") };
    assert!(reason.detail.contains("is another kind of module"), "{reason:?}");
}

#[test]
fn an_edit_of_a_javascript_module_beside_it_keeps_the_pack() {
    let project = Project::new(&[
        ("main.ts", "import './plain.mjs'; const a: number = 1;"),
        ("plain.mjs", "export default 1;"),
        ("package.json", r#"{ "type": "module" }"#),
    ]);
    learn(&project);
    project.write("plain.mjs", "export default 22;");
    let (session, opened) = Session::open(settings(&project));
    assert!(matches!(opened, Opened::Refreshed(_)), "{opened:?}");
    let pack = session.pack().expect("refreshed");
    assert!(
        text(&project, pack, "main.ts").starts_with("import './plain.mjs'; const a         = 1;")
    );
}

#[test]
fn what_the_runtime_refuses_is_left_to_it() {
    let project = Project::new(&[
        ("main.ts", "import './fine.ts'; import('./refused.ts').catch(() => {});"),
        ("fine.ts", "export const a: number = 1;"),
        ("refused.ts", "export enum A { B }"),
        ("package.json", r#"{ "type": "module" }"#),
    ]);
    learn(&project);
    let (session, opened) = Session::open(settings(&project));
    assert_eq!(opened, Opened::Hit);
    let pack = session.pack().expect("a hit has a pack");
    assert_eq!(pack.hooks_only(), "");
    assert_eq!(pack.format(project.row(pack, "fine.ts")), ModuleFormat::Module);
}
