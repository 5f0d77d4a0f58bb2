//! What the cache did: hits, misses by reason, bytes, evictions.
//!
//! A process appends one line of text when it ends, so nothing is read and nothing of another
//! process is lost; when the file has grown, whoever appends adds the lines up. The numbers may be
//! lost without harm, and a line that makes no sense is passed over.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};

use super::Folder;
use super::error::StoreError;
use super::publish::publish;

/// Its name.
pub(super) const COUNTERS_FILE: &str = "counters";

/// A file that has grown to this is added up.
const ADD_UP_AT: u64 = 16 * 1024;
/// No more than this is read, whatever is there.
const MAX_LEN: u64 = 1024 * 1024;
/// There are fewer names than this; what more a file may hold is not ours.
const MAX_NAMES: usize = 256;

/// Numbers by name. Names are made of ASCII letters, digits, `.`, `_` and `-`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters(BTreeMap<String, u64>);

impl Counters {
    /// Adds to one.
    pub fn add(&mut self, name: &str, number: u64) {
        if number == 0 || (self.0.len() >= MAX_NAMES && !self.0.contains_key(name)) {
            return;
        }
        let sum = self.0.entry(name.to_owned()).or_default();
        *sum = sum.saturating_add(number);
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) {
        for (name, number) in other.iter() {
            self.add(name, number);
        }
    }

    /// All that are not 0, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(name, number)| (name.as_str(), *number))
    }

    /// Whether all are 0.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn line(&self) -> String {
        let mut line = self.iter().fold(String::new(), |mut line, (name, number)| {
            // Writing to a String cannot fail.
            let _ = write!(line, "{name}={number} ");
            line
        });
        line.push('\n');
        line
    }

    fn parse(text: &str) -> Self {
        let mut counters = Self::default();
        for word in text.split_ascii_whitespace() {
            let Some((name, number)) = word.split_once('=') else { continue };
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            if name.len() <= 64 && name.bytes().all(is_name) && !name.is_empty() {
                counters.add(name, number.parse().unwrap_or(0));
            }
        }
        counters
    }
}

/// Adds to the file, and adds it up when it has grown.
pub(super) fn append(v1: &Folder, counters: &Counters) -> Result<u64, StoreError> {
    let line = counters.line();
    let (mut file, facts) = v1.make_for_append(COUNTERS_FILE)?;
    file.write_all(line.as_bytes())
        .map_err(|error| StoreError::io("write", &v1.path().join(COUNTERS_FILE), error))?;
    Ok(facts.size + line.len() as u64)
}

/// Whether a file of this length should be added up.
pub(super) fn has_grown(len: u64) -> bool {
    len > ADD_UP_AT
}

/// Everything the file says; nothing if there is none.
pub(super) fn read(v1: &Folder) -> Counters {
    let Ok((file, _)) = v1.open_file(COUNTERS_FILE) else { return Counters::default() };
    let mut bytes = Vec::new();
    // A line that is cut is passed over like any other that makes no sense.
    let _ = file.take(MAX_LEN).read_to_end(&mut bytes);
    Counters::parse(&String::from_utf8_lossy(&bytes))
}

/// Replaces the file.
pub(super) fn replace(
    v1: &Folder,
    temporaries: &Folder,
    counters: &Counters,
) -> Result<(), StoreError> {
    publish(temporaries, v1, COUNTERS_FILE, counters.line().as_bytes())
        .map_err(|error| StoreError::io("write", &v1.path().join(COUNTERS_FILE), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_add_up_and_nonsense_is_passed_over() {
        let text = "record.hit=2 record.miss.X=1 \nrecord.hit=3 \0\u{fffd}=5 =3 a=b c= d \n";
        let mut expected = Counters::default();
        expected.add("record.hit", 5);
        expected.add("record.miss.X", 1);
        assert_eq!(Counters::parse(text), expected);
        assert_eq!(Counters::parse(&expected.line()), expected);
    }

    #[test]
    fn a_file_of_many_names_does_not_grow_the_process() {
        let text: String = (0..10_000).map(|n| format!("n{n}=1 ")).collect();
        assert_eq!(Counters::parse(&text).iter().count(), MAX_NAMES);
    }
}
