//! Crawls an app as often as asked and says what it took: `cargo run --release --example crawl --
//! entry.mjs [rounds]`. With `--edges` instead of a number, prints the graph one edge a line, for
//! comparison with what a runtime reports. Builtins are one name a line in `$BUILTINS`.

use std::path::Path;
use std::time::Instant;

use bmes_cache::graph::{GraphOptions, build_graph};
use bmes_cache::module_graph::{Edge, EdgeKind, Found, ModuleGraph};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(entry) = arguments.first().map(Path::new) else {
        eprintln!("usage: crawl entry [rounds | --edges]");
        std::process::exit(2);
    };
    let builtins = std::env::var("BUILTINS").unwrap_or_default();
    let options = GraphOptions {
        preserve_symlinks: std::env::var_os("NODE_PRESERVE_SYMLINKS").is_some(),
        preserve_symlinks_main: std::env::var_os("NODE_PRESERVE_SYMLINKS_MAIN").is_some(),
        root_imports: std::env::var_os("NO_ROOT_IMPORTS").is_none(),
        builtins: builtins.split_whitespace().map(str::to_owned).collect(),
        ..GraphOptions::default()
    };
    let crawl = || match build_graph(entry, &options) {
        Ok(graph) => graph,
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    };
    match arguments.get(1).map(String::as_str) {
        Some("--edges") => print_edges(&crawl()),
        rounds => {
            let rounds = rounds.and_then(|rounds| rounds.parse().ok()).unwrap_or(1);
            time(rounds, crawl);
        }
    }
}

fn time(rounds: usize, crawl: impl Fn() -> ModuleGraph) {
    let mut times = Vec::new();
    for _ in 0..rounds.max(1) {
        let start = Instant::now();
        let graph = crawl();
        times.push(start.elapsed());
        if times.len() == 1 {
            let count = |is: fn(&Found) -> bool| {
                graph.observations.iter().filter(|it| is(&it.found)).count()
            };
            println!(
                "{} modules; {} observations: {} files, {} absent, {} directories, {} links",
                graph.modules.len(),
                graph.observations.len(),
                count(|found| matches!(found, Found::File { .. })),
                count(|found| matches!(found, Found::Absent)),
                count(|found| matches!(found, Found::Directory { .. })),
                count(|found| matches!(found, Found::Symlink { .. })),
            );
        }
    }
    times.sort();
    println!("min {:?}, median {:?}", times[0], times[times.len() / 2]);
}

fn print_edges(graph: &ModuleGraph) {
    for module in &graph.modules {
        let reason = module.left_to_runtime.as_deref().unwrap_or("");
        let from = &module.url;
        println!("module\t{from}\t{:?}\t{reason}", module.format);
        for Edge { kind, specifier, target, .. } in &module.edges {
            let kind = match kind {
                EdgeKind::Import => "import",
                EdgeKind::DynamicImport => "dynamic",
                EdgeKind::Require => "require",
            };
            let target = target.map_or("-", |index| graph.modules[index.get()].url.as_str());
            println!("{kind}\t{from}\t{specifier}\t{target}");
        }
    }
}
