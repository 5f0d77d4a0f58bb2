//! Where things are in a BMES v1 record and how small they can be.
//!
//! Integers are unsigned, 32 bits, little-endian, at any alignment. A string is its byte length and
//! then its UTF-8.

/// The first field. `BMES` as a number, so the bytes on disk are `SEMB`.
pub(super) const MAGIC: u32 = 0x424D_4553;
/// The second field. Readers refuse every other value.
pub(super) const VERSION: u32 = 1;

pub(super) const INTEGER_LEN: usize = size_of::<u32>();

pub(super) const MAGIC_AT: usize = 0;
pub(super) const VERSION_AT: usize = MAGIC_AT + INTEGER_LEN;
pub(super) const HEADER_LEN: usize = VERSION_AT + INTEGER_LEN;

/// A string of no bytes.
const EMPTY_STRING_LEN: usize = INTEGER_LEN;

/// The smallest entry of each list, by which a count is checked before it is believed.
pub(super) const MIN_REQUEST_LEN: usize = EMPTY_STRING_LEN + INTEGER_LEN;
pub(super) const MIN_ATTRIBUTE_LEN: usize = 2 * EMPTY_STRING_LEN;
pub(super) const MIN_IMPORT_LEN: usize = INTEGER_LEN + 3 * EMPTY_STRING_LEN;
pub(super) const MIN_EXPORT_LEN: usize = INTEGER_LEN + 4 * EMPTY_STRING_LEN;
pub(super) const MIN_STAR_LEN: usize = EMPTY_STRING_LEN;

/// Header, four empty lists, no bytecode.
pub(super) const MIN_RECORD_LEN: usize = HEADER_LEN + 4 * INTEGER_LEN + INTEGER_LEN;

const _: () = assert!(MIN_RECORD_LEN == 28, "the smallest record is 28 bytes");

/// The values of a request's `hasAttributes`.
pub(super) const WITHOUT_ATTRIBUTES: u32 = 0;
pub(super) const WITH_ATTRIBUTES: u32 = 1;
