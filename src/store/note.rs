//! Two small files about linking: what the self-test said of a runtime, and an app's mark.
//!
//! They have one layout, because both hold what was begun, how often in a row it has not come to
//! an end, and when. A start reads both, so they are small and read at once. A file that is not as
//! it was written, or another runtime's, says nothing: what it would have said is found out again.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::time::{Duration, SystemTime};

use xxhash_rust::xxh3::xxh3_64;

use super::error::StoreError;
use super::listing::Facts;

/// The first bytes; the control bytes expose text-mode damage.
const MAGIC: [u8; 8] = *b"BMESN\r\n\x1a";
const STATE_AT: usize = MAGIC.len();
const TRIES_AT: usize = STATE_AT + 4;
const RUNTIME_AT: usize = TRIES_AT + 4;
const DETAIL_LEN_AT: usize = RUNTIME_AT + 32;
const DETAIL_AT: usize = DETAIL_LEN_AT + 8;
const CHECKSUM_LEN: usize = 8;

/// What people are told; longer ones are cut.
const MAX_DETAIL: usize = 1024;

/// The largest there is. No more than this is read, whatever is there.
const MAX_LEN: usize = DETAIL_AT + MAX_DETAIL + CHECKSUM_LEN;

const _: () = assert!(DETAIL_AT == 56, "docs/store.md says 56");

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was begun, and nothing else was written since.
    Begun,
    /// It ended as it should.
    Passed,
    /// It did not.
    Failed,
}

/// What such a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What became of it.
    pub outcome: Outcome,
    /// How often in a row it was begun.
    pub tries: u32,
    /// For people.
    pub detail: String,
}

impl Note {
    /// It begins now, and has not come to an end so often before.
    pub fn begun(tries_before: u32) -> Self {
        let tries = tries_before.saturating_add(1);
        Self { outcome: Outcome::Begun, tries, detail: String::new() }
    }

    /// It has come to an end.
    pub fn ended(outcome: Outcome, detail: &str) -> Self {
        let end = detail.floor_char_boundary(MAX_DETAIL);
        Self { outcome, tries: 0, detail: detail[..end].to_owned() }
    }

    /// Whether what was begun so long ago is not to be tried again yet. Whoever was ended from outside
    /// at that moment looks the same as who died of it, so it is not for ever.
    pub fn is_held(&self, age: Duration) -> bool {
        const HOUR: u64 = 60 * 60;
        let hold = match self.tries {
            0 => 0,
            1 => HOUR,
            2 => 24 * HOUR,
            _ => 30 * 24 * HOUR,
        };
        self.outcome == Outcome::Begun && age.as_secs() < hold
    }

    /// Its bytes.
    pub(super) fn encode(&self, runtime: &[u8; 32]) -> Vec<u8> {
        let state: u32 = match self.outcome {
            Outcome::Begun => 1,
            Outcome::Passed => 2,
            Outcome::Failed => 3,
        };
        let mut bytes = MAGIC.to_vec();
        bytes.extend(state.to_le_bytes());
        bytes.extend(self.tries.to_le_bytes());
        bytes.extend(runtime);
        bytes.extend((self.detail.len() as u64).to_le_bytes());
        bytes.extend(self.detail.as_bytes());
        bytes.extend(xxh3_64(&bytes).to_le_bytes());
        bytes
    }

    /// Whether these bytes begin as a note does.
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(&MAGIC)
    }

    /// The digest of the runtime that they are said to be of, whether or not they are whole.
    pub fn stated_runtime(bytes: &[u8]) -> Option<[u8; 32]> {
        bytes.get(RUNTIME_AT..DETAIL_LEN_AT)?.try_into().ok()
    }

    /// What these bytes say; `None` if they are not a whole note of this runtime.
    pub fn decode(bytes: &[u8], runtime: &[u8; 32]) -> Option<Self> {
        let four = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        let eight = |at: usize| Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        let detail_len = usize::try_from(eight(DETAIL_LEN_AT)?).ok()?;
        if !bytes.starts_with(&MAGIC) || detail_len > MAX_DETAIL {
            return None;
        }
        let checked = DETAIL_AT + detail_len;
        if eight(checked)? != xxh3_64(&bytes[..checked])
            || bytes[RUNTIME_AT..DETAIL_LEN_AT] != *runtime
        {
            return None;
        }
        let outcome = match four(STATE_AT)? {
            1 => Outcome::Begun,
            2 => Outcome::Passed,
            3 => Outcome::Failed,
            _ => return None,
        };
        let detail = std::str::from_utf8(&bytes[DETAIL_AT..checked]).ok()?.to_owned();
        Some(Self { outcome, tries: four(TRIES_AT)?, detail })
    }

    /// What a file says, from its beginning on.
    pub(super) fn read(file: &mut File, runtime: &[u8; 32]) -> Option<Self> {
        let mut bytes = [0; MAX_LEN];
        let mut filled = 0;
        while filled < bytes.len() {
            match file.read(&mut bytes[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
        Self::decode(&bytes[..filled], runtime)
    }
}

/// A note, and how long ago it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// What it says.
    pub note: Note,
    /// Since then; very long if the clock was moved.
    pub age: Duration,
}

impl Dated {
    /// Whether what it says has begun is not to be tried again yet.
    pub fn is_held(&self) -> bool {
        self.note.is_held(self.age)
    }
}

/// An app's mark, held by this process alone: it is linking that app. The system takes the lock back
/// from a process that dies, and what it has written stays.
#[derive(Debug)]
pub struct Mark {
    file: File,
    runtime: [u8; 32],
    /// What the last process left that has begun to link this app and did not come to an end.
    death: Option<Dated>,
}

impl Mark {
    /// Takes a mark, unless another process is linking the same app: then that one has it.
    pub(super) fn take(mut file: File, facts: &Facts, runtime: [u8; 32]) -> Option<Self> {
        file.try_lock().ok()?;
        let before = Note::read(&mut file, &runtime);
        let death = before.filter(|note| note.outcome == Outcome::Begun);
        let age = facts.age(SystemTime::now());
        Some(Self { file, runtime, death: death.map(|note| Dated { note, age }) })
    }

    /// What the last process left that has begun to link this app and did not come to an end.
    pub fn death(&self) -> Option<&Dated> {
        self.death.as_ref()
    }

    /// From now on dying is noticed.
    ///
    /// # Errors
    /// What the system says.
    pub fn set(&mut self) -> Result<(), StoreError> {
        let tries_before = self.death.as_ref().map_or(0, |death| death.note.tries);
        self.write(&Note::begun(tries_before))
    }

    /// From now on it is not.
    ///
    /// # Errors
    /// What the system says.
    pub fn clear(&mut self) -> Result<(), StoreError> {
        self.write(&Note::ended(Outcome::Passed, ""))
    }

    /// All such notes without a detail are equally long, so nothing of an older one is left.
    fn write(&mut self, note: &Note) -> Result<(), StoreError> {
        let bytes = note.encode(&self.runtime);
        let written = self.file.seek(SeekFrom::Start(0)).and_then(|_| self.file.write_all(&bytes));
        written.map_err(|error| StoreError::io("write", "an app's mark".as_ref(), error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNTIME: [u8; 32] = [7; 32];

    #[test]
    fn a_note_is_read_back_and_no_other_bytes_are() {
        let note = Note::ended(Outcome::Failed, "cycles: another answer");
        let bytes = note.encode(&RUNTIME);
        assert_eq!(Note::decode(&bytes, &RUNTIME), Some(note));
        assert_eq!(Note::decode(&bytes, &[8; 32]), None, "another runtime's");
        for len in 0..bytes.len() {
            assert_eq!(Note::decode(&bytes[..len], &RUNTIME), None, "{len} bytes of it");
        }
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Note::decode(&damaged, &RUNTIME), None, "bit {bit}");
        }
    }

    #[test]
    fn the_length_it_says_is_not_believed() {
        let mut bytes = Note::begun(0).encode(&RUNTIME);
        for len in [u64::MAX, u64::MAX - 64, 1 << 32, MAX_DETAIL as u64 + 1, 8] {
            bytes[DETAIL_LEN_AT..DETAIL_AT].copy_from_slice(&len.to_le_bytes());
            assert_eq!(Note::decode(&bytes, &RUNTIME), None, "{len}");
        }
    }

    #[test]
    fn a_detail_is_cut_between_characters() {
        let note = Note::ended(Outcome::Failed, &"ä".repeat(MAX_DETAIL));
        assert_eq!(note.detail.len(), MAX_DETAIL);
        assert!(note.encode(&RUNTIME).len() <= MAX_LEN);
        assert_eq!(Note::ended(Outcome::Failed, &"€".repeat(MAX_DETAIL)).detail.len(), 1023);
    }

    #[test]
    fn each_death_in_a_row_is_held_against_it_for_longer_and_none_for_ever() {
        const DAY: u64 = 24 * 60 * 60;
        for (before, hold) in [(0, 60 * 60), (1, DAY), (2, 30 * DAY), (u32::MAX, 30 * DAY)] {
            let note = Note::begun(before);
            assert!(note.is_held(Duration::ZERO));
            assert!(note.is_held(Duration::from_secs(hold - 1)), "{before}");
            assert!(!note.is_held(Duration::from_secs(hold)), "{before}");
        }
        assert!(!Note::ended(Outcome::Passed, "").is_held(Duration::ZERO));
    }
}
