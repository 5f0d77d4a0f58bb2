//! `nesting SEED SECONDS MOST_BYTES`: seeds from that one on. A source that overflows a stack ends the
//! process, so each seed is told before.

use std::io::Write;
use std::time::{Duration, Instant};

use bmes_cache_fuzz::nesting;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|it| it.parse::<u64>().expect("a number"));
    let mut next = || arguments.next().expect("SEED SECONDS MOST_BYTES");
    let (first, seconds, most) = (next(), Duration::from_secs(next()), next() as usize);
    let folder = std::env::temp_dir().join(format!("bmes-nesting-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let start = Instant::now();
    let mut seed = first;
    let mut bytes = 0;
    let mut slowest = (Duration::ZERO, first);
    loop {
        println!("seed {seed}");
        std::io::stdout().flush().expect("a reader");
        let before = Instant::now();
        nesting::check(seed, most, &folder);
        slowest = slowest.max((before.elapsed(), seed));
        bytes += nesting::source(seed, most).len();
        seed += 1;
        if start.elapsed() >= seconds {
            break;
        }
    }
    std::fs::remove_dir_all(&folder).expect("a folder");
    println!(
        "{} sources, {} MB, slowest {:?} (seed {})",
        seed - first,
        bytes >> 20,
        slowest.0,
        slowest.1
    );
}
