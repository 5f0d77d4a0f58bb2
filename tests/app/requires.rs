//! What is kept of `require()`, and until when it is believed.

use std::fs;

use bmes_cache::app::Session;
use bmes_cache::module_graph::EdgeKind;
use bmes_cache::pack::Pack;

use crate::project::{Project, edge};

/// What a module of the pack requires, and where that leads.
fn requires(project: &Project, pack: &Pack, name: &str) -> Vec<(String, String)> {
    let edges = pack.edges(project.row(pack, name));
    let edges = edges.filter(|edge| edge.kind == EdgeKind::Require);
    let name = |at: u32| pack.url(at).replace(&project.url(""), "");
    edges.filter_map(|edge| Some((edge.specifier.into_owned(), name(edge.target?.0)))).collect()
}

/// Whether the one `require()` of `main.cjs` that leads to `target` would still be answered.
fn holds(project: &Project, session: &mut Session, target: &str) -> bool {
    let pack = session.pack().expect("a pack").clone();
    let parent = project.row(&pack, "main.cjs");
    let target = project.row(&pack, target);
    let is_wanted = |edge: &usize| {
        let row = pack.edge_rows(*edge..edge + 1).next().expect("a row");
        row.target().is_some_and(|to| to.0 == target)
    };
    let edge = pack.edge_range(parent).find(is_wanted).expect("required");
    session.require_holds(parent, edge as u32)
}

#[test]
fn a_computed_require_is_kept_with_its_guards() {
    let project = Project::new(&[
        ("main.mjs", "import './main.cjs'"),
        ("main.cjs", "require('./a'); require(['./b'].join())"),
        ("a.cjs", ""),
        ("a.js", ""),
        ("b/index.js", ""),
    ]);
    let (main, b) = (project.url("main.cjs"), project.url("b/index.js"));
    let mut seen = project.observed();
    seen.requires.push(edge(&main, "./b", &b));
    project.learn_from(&seen).expect("learnt");
    let session = project.hit();
    let kept = requires(&project, session.pack().expect("a pack"), "main.cjs");
    let wanted =
        [("./a", "a.js"), ("./b", "b/index.js")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(kept, wanted);
    // An edit elsewhere does not make us forget it.
    project.write("a.js", "1");
    let (session, _) = project.missed();
    assert!(session.pack().is_none(), "CommonJS may export other names");
    project.write("a.js", "");
    project.write("b.js", "");
    let (session, reason) = project.refreshed();
    assert!(reason.detail.contains("b.js"), "{reason}");
    let kept = requires(&project, session.pack().expect("a pack"), "main.cjs");
    assert_eq!(kept, wanted[..1], "nobody has seen where it leads now");
}

#[test]
fn a_require_that_led_elsewhere_is_left_to_the_runtime() {
    let project = Project::new(&[
        ("main.mjs", "import './main.cjs'"),
        ("main.cjs", "require('./a'); require('./b')"),
        ("a.js", ""),
        ("b.js", ""),
    ]);
    let (main, b) = (project.url("main.cjs"), project.url("b.js"));
    let mut seen = project.observed();
    seen.requires.push(edge(&main, "./a", &b));
    project.learn_from(&seen).expect("learnt");
    let session = project.hit();
    let kept = requires(&project, session.pack().expect("a pack"), "main.cjs");
    assert_eq!(kept, [("./b".to_owned(), "b.js".to_owned())]);
}

#[test]
fn an_answer_is_believed_while_nothing_stands_in_front_of_it() {
    let project = Project::new(&[
        ("main.mjs", "import './main.cjs'"),
        (
            "main.cjs",
            "for (const n of ['./a', './b.js', './d', './m', 'p', 'q/x', '..']) require(n)",
        ),
        ("a.js", ""),
        ("b.js", ""),
        ("d/index.js", ""),
        ("m/package.json", r#"{"main":"lib"}"#),
        ("m/lib/index.js", ""),
        ("node_modules/p/index.js", ""),
        ("node_modules/q/package.json", r#"{"exports":{"./x":"./y.js"}}"#),
        ("node_modules/q/y.js", ""),
    ]);
    let leads = [
        ("./a", "a.js"),
        ("./b.js", "b.js"),
        ("./d", "d/index.js"),
        ("./m", "m/lib/index.js"),
        ("p", "node_modules/p/index.js"),
        ("q/x", "node_modules/q/y.js"),
    ];
    let main = project.url("main.cjs");
    let mut seen = project.observed();
    seen.requires.extend(leads.map(|(name, target)| edge(&main, name, &project.url(target))));
    project.learn_from(&seen).expect("learnt");
    // Folders that were made a moment ago are looked at anew.
    let (mut session, _) = project.open();
    let targets = leads.map(|(_, target)| target);
    let held = |session: &mut Session| targets.map(|target| holds(&project, session, target));
    assert_eq!(held(&mut session), [true; 6]);

    let changes: [(&str, &str, usize); 9] = [
        ("a", "", 0),
        ("b.js", "other", 1),
        ("d.json", "", 2),
        ("d/package.json", "{}", 2),
        ("m/package.json", r#"{"main":"other"}"#, 3),
        ("m/lib.js", "", 3),
        ("node_modules/p.js", "", 4),
        ("node_modules/p/package.json", r#"{"main":"other"}"#, 4),
        ("node_modules/q/package.json", "{}", 5),
    ];
    for (file, text, touched) in changes {
        let before = fs::read(project.path(file)).ok();
        project.write(file, text);
        let mut wanted = [true; 6];
        wanted[touched] = false;
        assert_eq!(held(&mut session), wanted, "{file}");
        match before {
            Some(bytes) => fs::write(project.path(file), bytes).expect("written"),
            None => fs::remove_file(project.path(file)).expect("removed"),
        }
        assert_eq!(held(&mut session), [true; 6], "{file} as it was");
    }
    for number in [u32::MAX, 0] {
        assert!(!session.require_holds(0, number), "no edge of it");
    }
}
