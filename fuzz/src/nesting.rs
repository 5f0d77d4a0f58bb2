//! Nestings of every production of the grammar, for the depth that `analyze` takes a source to have: no
//! source may overflow a stack, and one that does ends the process, so the seed is told first.
//!
//! A source is made from a seed: lines that are hard to lex, then one random walk through [`PRODUCTIONS`],
//! the same few over and over, and in every second source some changed bytes. What it means is all the
//! same; most are no programs.

use std::path::Path;
use std::thread;

use bmes_cache::analyze::{
    analyze_commonjs, analyze_module, detect_syntax, set_thread_stack_size, stack_needed,
};
use bmes_cache::graph::{GraphOptions, build_graph};

/// What may stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Expression,
    Statement,
    Pattern,
}

use Kind::{Expression as E, Pattern as P, Statement as S};

/// What it is, what goes into it, and the text before and after that.
struct Production(Kind, Kind, &'static str, &'static str);

#[rustfmt::skip]
const PRODUCTIONS: &[Production] = &[
    // Brackets.
    Production(E, E, "[", "]"), Production(E, E, "(", ")"), Production(E, E, "[...", "]"),
    Production(E, E, "({a:", "})"), Production(E, E, "({...", "})"), Production(E, E, "({[", "]:1})"),
    Production(E, E, "({'a':", "})"), Production(E, E, "[,", ",]"), Production(E, E, "(a,", ")"),
    Production(E, E, "`${", "}`"), Production(E, E, "a`{${", "}(`"), Production(E, E, "`a${b}${", "}`"),
    // Before an operand.
    Production(E, E, "!", ""), Production(E, E, "~", ""), Production(E, E, "+ ", ""), Production(E, E, "- ", ""),
    Production(E, E, "typeof ", ""), Production(E, E, "void ", ""), Production(E, E, "delete ", ""),
    Production(E, E, "await ", ""), Production(E, E, "yield ", ""), Production(E, E, "yield* ", ""),
    Production(E, E, "new ", ""), Production(E, E, "new ", "()"), Production(E, E, "--", ""),
    // Right operands.
    Production(E, E, "a=", ""), Production(E, E, "a+=", ""), Production(E, E, "a??=", ""),
    Production(E, E, "a.b=", ""), Production(E, E, "[a]=", ""), Production(E, E, "({a}=", ")"),
    Production(E, E, "a?", ":b"), Production(E, E, "a?b:", ""), Production(E, E, "a?{}:", ""),
    Production(E, E, "a?b=>c:", ""), Production(E, E, "a?/[(]/:", ""),
    Production(E, E, "a**", ""), Production(E, E, "a+", ""), Production(E, E, "a&&", ""),
    Production(E, E, "a??", ""), Production(E, E, "a in ", ""), Production(E, E, "a instanceof\n", ""),
    // Left operands and chains: the parser has no depth in them, the tree has.
    Production(E, E, "", "+a"), Production(E, E, "", "**a"), Production(E, E, "", "&&a"), Production(E, E, "", "??a"),
    Production(E, E, "", "||{}"), Production(E, E, "", "+\"a{b}\""), Production(E, E, "", "+`${a}`"),
    Production(E, E, "", "\n/b/c"), Production(E, E, "", "<a"), Production(E, E, "", " in a"),
    Production(E, E, "", "?a:b"), Production(E, E, "", ",a"), Production(E, E, "", ".a"), Production(E, E, "", "?.a"),
    Production(E, E, "", "()"), Production(E, E, "", "?.()"), Production(E, E, "", "[a]"), Production(E, E, "", "?.[a]"),
    Production(E, E, "", "``"), Production(E, E, "", "`${a}`"), Production(E, E, "", ".t(function(){})"),
    Production(E, E, "", ".#a"), Production(E, E, "", "++"), Production(E, E, "", ".if(a)"), Production(E, E, "", "\n.then(a=>{})"),
    // Calls.
    Production(E, E, "f(", ")"), Production(E, E, "f(a,...", ")"), Production(E, E, "new f(", ")"),
    Production(E, E, "async(", ")"), Production(E, E, "import(", ")"), Production(E, E, "import('a',", ")"),
    Production(E, E, "a[", "]"), Production(E, E, "a?.[", "]"), Production(E, E, "a?.(", ")"),
    Production(E, E, "super[", "]"), Production(E, E, "super(", ")"),
    // Functions and classes.
    Production(E, E, "a=>", ""), Production(E, E, "async a=>", ""), Production(E, E, "(a,b)=>", ""),
    Production(E, E, "async(a)=>", ""), Production(E, E, "()=>(", ")"), Production(E, E, "({a})=>", ""),
    Production(E, S, "(function(){", "})"), Production(E, S, "(()=>{", "})"), Production(E, S, "async()=>{", "}"),
    Production(E, S, "(async function*(){", "})"), Production(E, S, "function f(){", "}"),
    Production(E, S, "({a(){", "}})"), Production(E, S, "({get a(){", "}})"), Production(E, S, "({async*[a](){", "}})"),
    Production(E, S, "(class{a(){", "}})"), Production(E, S, "(class{static{", "}})"),
    Production(E, S, "class{constructor(){", "}}"), Production(E, S, "(class{static async*#a(){", "}})"),
    Production(E, E, "(class{a=", "})"), Production(E, E, "(class{static#a=", "})"), Production(E, E, "class{[", "]=1}"),
    Production(E, E, "(class{b=1\na=", "\n})"), Production(E, E, "(class extends ", "{})"),
    Production(E, E, "class extends ", "{}"), Production(E, E, "class extends a,", "{}"),
    Production(E, E, "class A\nextends ", "\n{}"),
    Production(E, P, "(", ")=>1"), Production(E, P, "(a,", ")=>{}"), Production(E, P, "async(", ")=>1"), Production(E, P, "(function(", "){})"),
    Production(E, P, "({set a(", "){}})"), Production(E, P, "(...", ")=>1"),
    // Patterns.
    Production(P, P, "[", "]"), Production(P, P, "{a:", "}"), Production(P, P, "[a,...", "]"), Production(P, P, "{a:[", "]}"),
    Production(P, P, "[", "=1]"), Production(P, E, "[a=", "]"), Production(P, E, "{a=", "}"), Production(P, E, "{[", "]:a}"), Production(P, E, "a=", ""),
    // Statements.
    Production(S, E, "", ";"), Production(S, E, "", "\n"), Production(S, E, "var a=", ";"), Production(S, E, "let a=1,b=", "\n"), Production(S, E, "throw ", ";"),
    Production(S, E, "return ", ";"), Production(S, E, "if(", ");"), Production(S, E, "while(", ");"), Production(S, E, "for(", ";;);"),
    Production(S, E, "for(;;", ");"), Production(S, E, "for(a of ", ");"), Production(S, E, "for await(a of ", ");"), Production(S, E, "for(var a in ", ");"),
    Production(S, E, "switch(", "){}"), Production(S, E, "switch(a){case ", ":}"), Production(S, E, "do;while(", ");"),
    Production(S, S, "{", "}"), Production(S, S, "if(a)", ""), Production(S, S, "if(a){}else ", ""), Production(S, S, "if(a);else ", ""),
    Production(S, S, "if(a)\n", "\nelse b"), Production(S, S, "if(a)b\nelse\n", ""), Production(S, S, "for(;;)", ""), Production(S, S, "for(a of b)", ""),
    Production(S, S, "for(a in b)", ""), Production(S, S, "for await(a of b)", ""), Production(S, S, "while(a)", ""), Production(S, S, "do ", "while(a)"),
    Production(S, S, "do{", "}while(a)"), Production(S, S, "a:", ""), Production(S, S, "with(a)", ""), Production(S, S, "try{", "}finally{}"),
    Production(S, S, "try{}catch{", "}"), Production(S, S, "try{}catch(a){}finally{", "}"), Production(S, S, "switch(a){case b:", "}"),
    Production(S, S, "switch(a){case a:case b:default:", "}"), Production(S, S, "function f(){", "}"), Production(S, S, "async function*f(){", "}"),
    Production(S, S, "class A{a(){", "}}"), Production(S, S, "class A{b(){} c(){}static{", "}}"), Production(S, S, "a;b\nc:", ""), Production(S, S, "{let a;{}", "}"),
    Production(S, P, "var ", "=1;"), Production(S, P, "for(var ", " of a);"), Production(S, P, "function f(", "){}"), Production(S, P, "try{}catch(", "){}"),
    // What is refused later, which the parser reads all the same.
    Production(E, E, "", " as a"), Production(E, E, "", " as A<B,C<D>>"), Production(E, E, "", " as{a:B;b:C}"), Production(E, E, "", " satisfies a"),
    Production(E, E, "@a\nclass extends ", "{}"), Production(E, E, "@(", ")class{}"), Production(S, S, "i\\u0066(a)\n", ""), Production(E, E, "class implements A<B>,", "{}"),
];

/// Types, which have no place in the walk.
const TYPES: &[(&str, &str)] = &[
    ("A<", ">"),
    ("A<B,", ">"),
    ("[", "]"),
    ("{a:", "}"),
    ("{a:A;b:", "}"),
    ("keyof ", ""),
    ("typeof ", ""),
    ("(a:B)=>", ""),
    ("new()=>", ""),
    ("A|", ""),
    ("A&", ""),
    ("", "[]"),
    ("", "[a]"),
    ("A extends B?C:", ""),
    ("A extends ", "?B:C"),
    ("`${", "}`"),
    ("readonly\n", ""),
    ("infer ", ""),
    ("(", ")"),
    ("{[a in ", "]:b}"),
    ("import('a',", ")"),
    ("unique\n", ""),
    ("A<B\n,", ">"),
];

/// Lines that are hard to lex, and end as they began.
const LINES: &[&str] = &[
    "a=b/c;/'/;",
    "x=/[/'\"`]/;",
    "if(a)/[(]'/.b;",
    "a++/b;'/';",
    "a\n++/'/.b;",
    "a=b\n/c/d;'/\"';",
    "b={}/1;",
    "a=function(){}/2;'/';",
    "{}/'/;",
    "function g(){}/[{(]/;",
    "a=`${`}`}`;",
    "a=`\\`${'}'}\\${`;",
    "a='\\\n';",
    "a='\\\r\n{';",
    "a=\"\\\u{2028}\u{2028}\";",
    "//\u{2028}a;",
    "/*\u{2029}*/a;",
    "a<!--b\n;",
    "a\n-->b;",
    "while(a-->0);",
    "export{};",
    "import 'a'\n/'/;",
    "import{a as b}from'c'\n/`/;",
    "var z\n/'/;",
    "l:break\n/'/;",
    "do;while(0)/'/;",
    "a=1./2;'/';",
    "a=1..if/2;'/';",
    "010.if(a)/'/;",
    "0.5.a/1;'/';",
    "\u{a0}a\u{feff}/2;'/';",
    "return\u{a0}/'/;",
    "\u{e9}/2;'/';",
    "\\u0061/2;'/';",
    "i\\u0066(a)/'/;",
    "a.return/2;'/';",
    "a?.if(b)/2;'/';",
    "class B{if(a){}}",
    "class C{'a'=1;static/*{*/b\n#c}",
    "a=async\n(b)/2;'/';",
    "for(;;{}/2)break;",
    "for await(a of b)/'/;",
    "({if(a){}})/2;'/';",
    "yield/'/;",
    "a=>{}\n/'/;",
    "a=b?.5:/'/;",
    "a?.b`{`;",
    "a=/(?:[)]|(/v;",
    "(function(){return/'/})();",
    "switch(a){case/'/:default:/`/}",
    "#!a",
    "@a.b\nclass D{@c d(){}}",
    "a as B<C>;",
    "x={as:1,of:2}\n",
];

/// What a change puts in.
const BYTES: &[&str] = &[
    "'",
    "\"",
    "`",
    "/",
    "\\",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    ":",
    "?",
    "\n",
    "<",
    ">",
    "=",
    "@",
    "#",
    ".",
    "${",
    "/*",
    "*/",
    "//",
    "<!--",
    "-->",
    "\\u{61}",
    "\u{2028}",
    " as ",
    " class ",
    " extends ",
    " else ",
    " while ",
    " implements ",
    " of ",
    " case ",
    " async ",
    " let ",
    " static ",
    "++",
    "1.",
    "=>",
    "\0",
    "é",
];

/// Splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// The source of a seed, of about `most` bytes at most.
pub fn source(seed: u64, most: usize) -> String {
    let mut random = Random(seed);
    let size = 1usize << (6 + random.below(most.max(128).ilog2() as usize - 6));
    let mut text = String::with_capacity(size + size / 2);
    for _ in 0..random.below(4) {
        text.push_str(random.of::<&str>(LINES));
        text.push_str(if random.below(2) == 0 { "\n" } else { "" });
    }
    if random.below(16) == 0 {
        // A type, or groups of a regular expression.
        if random.below(2) == 0 {
            text.push_str("a as ");
            let links: Vec<_> = (0..1 + random.below(3)).map(|_| random.of(TYPES)).collect();
            fill(&mut text, size, links.iter().map(|link| (link.0, link.1)), "A");
        } else {
            let links = [("(", ")"), ("(?:a|", ")"), ("(?=", ")+"), ("[a&&", "]"), ("[^", "]")];
            let link = *random.of(&links);
            text.push('/');
            fill(&mut text, size, [link].into_iter(), "a");
            text.push_str("/v");
        }
    } else {
        walk(&mut random, &mut text, size);
    }
    if random.below(2) == 0 {
        change(&mut random, &mut text);
    }
    text
}

/// The links over and over, until half of `size` is reached, then their ends.
fn fill<'a>(
    text: &mut String,
    size: usize,
    links: impl Iterator<Item = (&'a str, &'a str)>,
    leaf: &str,
) {
    let links: Vec<_> = links.collect();
    let weight: usize = links.iter().map(|link| link.0.len() + link.1.len()).sum();
    let rounds = size / weight.max(1) + 1;
    for _ in 0..rounds {
        text.extend(links.iter().map(|link| link.0));
    }
    text.push_str(leaf);
    for _ in 0..rounds {
        text.extend(links.iter().rev().map(|link| link.1));
    }
}

/// A few productions in a circle.
fn walk(random: &mut Random, text: &mut String, size: usize) {
    let start = if random.below(4) == 0 { E } else { S };
    let mut circle = Vec::new();
    let mut kind = start;
    let length = 1 + random.below(5);
    while circle.len() < length || kind != start {
        let fits: Vec<_> = PRODUCTIONS
            .iter()
            .filter(|it| {
                it.0 == kind && (circle.len() < length || it.1 == start || kind == S || it.1 == E)
            })
            .collect();
        let next = random.of(&fits);
        kind = next.1;
        circle.push((next.2, next.3));
        // Patterns lead to expressions, and those to statements; some day it comes round.
        if circle.len() > length + 40 {
            break;
        }
    }
    let prefix = if start == E && random.below(2) == 0 { "x=" } else { "" };
    text.push_str(prefix);
    fill(text, size, circle.into_iter(), if start == E { "a" } else { ";" });
}

/// Some bytes are other than they were: few at any place, most of them near the start.
fn change(random: &mut Random, text: &mut String) {
    for _ in 0..1 + random.below(6) {
        let end = if random.below(2) == 0 { text.len().min(256) } else { text.len() };
        let at = text.floor_char_boundary(random.below(end + 1));
        match random.below(3) {
            0 => text.insert_str(at, random.of::<&str>(BYTES)),
            1 if at < text.len() => drop(text.remove(at)),
            _ => {
                let end = text.ceil_char_boundary((at + random.below(40)).min(text.len()));
                let part = text[at..end].to_owned();
                text.insert_str(at, &part);
            }
        }
    }
}

/// Reads the source of a seed wherever the package reads sources: on a stack of the size that it is said
/// to need, on this thread, on one whose stack is small, and in a crawl. `folder` is for the last.
pub fn check(seed: u64, most: usize, folder: &Path) {
    let source = source(seed, most);
    let read = || {
        let _ = analyze_module(&source);
        let _ = analyze_commonjs(&source);
        let _ = detect_syntax(&source);
    };
    if let Some(needed) = stack_needed(&source) {
        let here = || {
            // Whatever it is: it is the size that is tested.
            set_thread_stack_size(usize::MAX);
            read();
        };
        on_thread(needed, here);
    }
    match seed % 3 {
        0 => read(),
        // What is left of a worker's 4 MB when JavaScript has used three of them.
        1 => on_thread(1 << 20, read),
        _ => {
            let entry = folder.join(if seed.is_multiple_of(2) { "entry.mjs" } else { "entry.js" });
            std::fs::write(&entry, &source).expect("a folder");
            build_graph(&*entry, &GraphOptions::default()).expect("there is an entry");
        }
    }
}

fn on_thread(stack_size: usize, run: impl FnOnce() + Send) {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(stack_size).spawn_scoped(scope, run);
        thread.expect("a thread").join().expect("no panic");
    });
}
