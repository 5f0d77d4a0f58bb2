//! BMES v1 records: `format`.

use bmes_cache::format::{Record, diagnose, metadata_len, validate, with_bytecode, write};

use super::allocations::peak_of;

/// The magic number and the version.
const PREAMBLE: &[u8] = b"SEMB\x01\0\0\0";

/// A list has room for four entries at least. For the four lists that is 1,024 bytes whatever they
/// hold, and a request of 20 bytes with one attribute takes 240; the text comes on top.
const MOST_AT_LEAST: usize = 1024;
const MOST_PER_BYTE: usize = 13;

/// As they are, and with a valid preamble, so that no input ends there. Whether either is a record.
pub fn check(bytes: &[u8]) -> bool {
    let is_record = check_record(bytes);
    match bytes.get(PREAMBLE.len()..) {
        Some(rest) if !bytes.starts_with(PREAMBLE) => check_record(&[PREAMBLE, rest].concat()),
        _ => is_record,
    }
}

fn check_record(bytes: &[u8]) -> bool {
    let (parsed, allocated) = peak_of(|| {
        let parsed = Record::parse(bytes);
        assert_eq!(validate(bytes), parsed.is_ok());
        assert_eq!(diagnose(bytes), parsed.as_ref().err().copied());
        parsed
    });
    assert_eq!(allocated, 0, "reading in place allocates nothing");
    match &parsed {
        Ok(record) => check_valid(bytes, record),
        Err(error) => {
            assert!(error.offset() <= bytes.len(), "{error}");
            assert!(error.code().starts_with("BMES_"), "{error}");
        }
    }
    parsed.is_ok()
}

fn check_valid(bytes: &[u8], record: &Record<'_>) {
    let (metadata, allocated) = peak_of(|| record.metadata());
    let most = MOST_AT_LEAST + MOST_PER_BYTE * bytes.len();
    assert!(allocated <= most, "{allocated} for {} bytes", bytes.len());

    // What `parse` has walked is all there, and an iterator's length is not a promise only.
    assert_eq!(record.requests().len(), record.requests().count());
    assert_eq!(record.imports().len(), record.imports().count());
    assert_eq!(record.exports().len(), record.exports().count());
    assert_eq!(record.stars().len(), record.stars().count());
    for request in record.requests() {
        let pairs = request.attributes.map(|pairs| (pairs.len(), pairs.count()));
        assert!(pairs.is_none_or(|(said, found)| said == found));
    }

    let range = record.bytecode_range();
    assert_eq!(range.end, bytes.len());
    assert_eq!(bytes.get(range.clone()), Some(record.bytecode()));

    // There is one way to write a record: whatever is valid is canonical.
    assert_eq!(metadata_len(&metadata), range.start);
    let again = write(&metadata, record.bytecode()).expect("it fitted");
    assert!(again == bytes, "written again it is {again:x?}");

    let other = with_bytecode(bytes, b"other").expect("a record");
    assert_eq!(other, write(&metadata, b"other").expect("small"));
    assert_eq!(Record::parse(&other).expect("a record").metadata(), metadata);
}
