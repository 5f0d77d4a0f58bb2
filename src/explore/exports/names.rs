//! Every name that is exported or asked for, once.
//!
//! A name is a number, and numbers are in the order of a namespace's keys: to sort names is to sort
//! numbers, and what is known of a name is found by index. Texts lie one after the other in that order.

use std::cmp::Ordering;

/// A name, by its place among all names in the order of a namespace's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::explore) struct NameId(pub(super) u32);

impl NameId {
    /// A name that nobody exports and nobody asks for.
    pub(super) const UNKNOWN: Self = Self(u32::MAX);

    pub(in crate::explore) fn get(self) -> usize {
        self.0 as usize
    }
}

/// All names.
#[derive(Debug)]
pub(in crate::explore) struct Names {
    texts: String,
    /// Where each text starts; one more than there are names.
    starts: Vec<u32>,
    /// `default`, which no `export *` passes on.
    pub(in crate::explore) default: NameId,
}

/// A name where it is written, and the number of that place.
pub(super) struct Occurrence<'a> {
    /// The first bytes of the text, by which nearly all are told apart without a look at it.
    prefix: u64,
    text: &'a str,
    is_ascii: bool,
    place: u32,
}

impl<'a> Occurrence<'a> {
    pub(super) fn new(text: &'a str, place: usize) -> Self {
        let bytes = text.as_bytes();
        let mut prefix = [0; 8];
        let count = bytes.len().min(prefix.len());
        prefix[..count].copy_from_slice(&bytes[..count]);
        Self {
            // As a number it compares as the bytes do.
            prefix: prefix.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)),
            text,
            is_ascii: text.is_ascii(),
            place: place as u32,
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        match self.is_ascii && other.is_ascii {
            true => self.prefix.cmp(&other.prefix).then_with(|| self.text.cmp(other.text)),
            false => utf16_order(self.text, other.text),
        }
    }
}

impl Names {
    /// The names of `occurrences`, and the name of each place. Places are numbered from 0.
    pub(super) fn of(mut occurrences: Vec<Occurrence<'_>>) -> (Self, Vec<NameId>) {
        occurrences.sort_unstable_by(Occurrence::order);
        let mut names = Self { texts: String::new(), starts: vec![0], default: NameId::UNKNOWN };
        let mut of_place = vec![NameId::UNKNOWN; occurrences.len()];
        let mut last: Option<&str> = None;
        for occurrence in &occurrences {
            if last != Some(occurrence.text) {
                last = Some(occurrence.text);
                names.texts.push_str(occurrence.text);
                names.starts.push(names.texts.len() as u32);
            }
            of_place[occurrence.place as usize] = NameId(names.len() as u32 - 1);
        }
        names.default = names.find("default").unwrap_or(NameId::UNKNOWN);
        (names, of_place)
    }

    /// How many there are.
    pub(in crate::explore) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The text of a name; nothing for [`NameId::UNKNOWN`].
    pub(in crate::explore) fn text(&self, name: NameId) -> &str {
        let start = self.starts.get(name.get()).copied();
        let end = self.starts.get(name.get().wrapping_add(1)).copied();
        let range = start.zip(end).map(|(start, end)| start as usize..end as usize);
        range.and_then(|range| self.texts.get(range)).unwrap_or_default()
    }

    /// The name with that text.
    pub(super) fn find(&self, text: &str) -> Option<NameId> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = NameId((low + (high - low) / 2) as u32);
            match utf16_order(self.text(middle), text) {
                Ordering::Less => low = middle.get() + 1,
                Ordering::Greater => high = middle.get(),
                Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// The texts of all names, in their order.
    pub(in crate::explore) fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        (0..self.len()).map(|at| self.text(NameId(at as u32)))
    }
}

/// How JavaScript sorts strings, and so the keys of a namespace.
fn utf16_order(a: &str, b: &str) -> Ordering {
    match a.is_ascii() && b.is_ascii() {
        true => a.cmp(b),
        false => a.encode_utf16().cmp(b.encode_utf16()),
    }
}

/// Some of the names. Few are a list, more are a bit for each name there is: ten thousand barrels over
/// each other pass on fifty million names.
#[derive(Debug, Clone)]
pub(in crate::explore) enum NameSet {
    Few(Vec<NameId>),
    Bits(Vec<u64>),
}

impl Default for NameSet {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

/// A list of so many is searched from end to end.
const FEW: usize = 64;

impl NameSet {
    /// Adds a name. `all` is how many names there are. [`NameId::UNKNOWN`] is left out.
    pub(in crate::explore) fn insert(&mut self, name: NameId, all: usize) {
        if name.get() >= all {
            return;
        }
        match self {
            Self::Few(names) if names.len() < FEW => {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            Self::Few(names) => {
                let mut bits = Self::Bits(vec![0; all.div_ceil(64)]);
                names.iter().for_each(|name| bits.insert(*name, all));
                bits.insert(name, all);
                *self = bits;
            }
            Self::Bits(words) => words[name.get() / 64] |= 1 << (name.get() % 64),
        }
    }

    pub(in crate::explore) fn contains(&self, name: NameId) -> bool {
        match self {
            Self::Few(names) => names.contains(&name),
            Self::Bits(words) => {
                let word = words.get(name.get() / 64);
                word.is_some_and(|word| word & (1 << (name.get() % 64)) != 0)
            }
        }
    }

    /// All of them, in order.
    pub(in crate::explore) fn sorted(&self) -> Vec<NameId> {
        match self {
            Self::Few(names) => {
                let mut names = names.clone();
                names.sort_unstable();
                names
            }
            Self::Bits(words) => {
                let mut names = Vec::new();
                for (at, word) in words.iter().enumerate() {
                    let mut left = *word;
                    while left != 0 {
                        names.push(NameId(at as u32 * 64 + left.trailing_zeros()));
                        left &= left - 1;
                    }
                }
                names
            }
        }
    }
}
