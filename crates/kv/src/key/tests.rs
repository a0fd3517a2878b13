use super::*;
use proptest::collection::vec;
use proptest::prelude::*;

/// A part as a test sees it. Two keys are only comparable when their parts are of the same kinds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Byte(u8),
    U64(u64),
    Bytes(Vec<u8>),
    Text(String),
}

fn write(parts: &[Part]) -> Bytes {
    let writer = KeyWriter::new(Space::Iam);
    let write = |writer: KeyWriter, part: &Part| match part {
        Part::Byte(byte) => writer.byte(*byte),
        Part::U64(number) => writer.u64(*number),
        Part::Bytes(bytes) => writer.bytes(bytes),
        Part::Text(text) => writer.text(text),
    };
    parts.iter().fold(writer, write).finish()
}

fn read(key: &[u8], like: &[Part]) -> Result<Vec<Part>, Error> {
    let mut reader = KeyReader::new(Space::Iam, key)?;
    let mut parts = Vec::new();
    for part in like {
        parts.push(match part {
            Part::Byte(_) => Part::Byte(reader.byte()?),
            Part::U64(_) => Part::U64(reader.u64()?),
            Part::Bytes(_) => Part::Bytes(reader.bytes()?),
            Part::Text(_) => Part::Text(reader.text()?),
        });
    }
    reader.finish()?;
    Ok(parts)
}

/// Bytes that matter to the encoding, more often than chance would have them.
fn tricky_byte() -> impl Strategy<Value = u8> {
    prop_oneof![
        Just(0x00),
        Just(0x01),
        Just(0x02),
        Just(0xfe),
        Just(0xff),
        any::<u8>()
    ]
}

fn part(kind: u8) -> BoxedStrategy<Part> {
    match kind % 4 {
        0 => tricky_byte().prop_map(Part::Byte).boxed(),
        1 => prop_oneof![any::<u64>(), 0..3_u64]
            .prop_map(Part::U64)
            .boxed(),
        2 => vec(tricky_byte(), 0..5).prop_map(Part::Bytes).boxed(),
        _ => "[\u{0}a-c\u{1}ä]{0,4}".prop_map(Part::Text).boxed(),
    }
}

fn parts(kinds: &[u8]) -> impl Strategy<Value = Vec<Part>> + use<> {
    kinds.iter().map(|kind| part(*kind)).collect::<Vec<_>>()
}

fn two_of_a_kind() -> impl Strategy<Value = (Vec<Part>, Vec<Part>)> {
    vec(any::<u8>(), 1..5).prop_flat_map(|kinds| (parts(&kinds), parts(&kinds)))
}

proptest! {
    #[test]
    fn keys_sort_as_their_parts_do((a, b) in two_of_a_kind()) {
        prop_assert_eq!(write(&a).cmp(&write(&b)), a.cmp(&b));
    }

    #[test]
    fn what_is_written_can_be_read((parts, _) in two_of_a_kind()) {
        prop_assert_eq!(read(&write(&parts), &parts).unwrap(), parts);
    }

    #[test]
    fn no_key_of_one_layout_is_a_prefix_of_another((a, b) in two_of_a_kind()) {
        let (a_key, b_key) = (write(&a), write(&b));
        prop_assert_eq!(a_key.starts_with(&b_key), a == b);
    }

    #[test]
    fn an_open_part_covers_what_starts_with_it(
        start in vec(tricky_byte(), 0..3),
        whole in vec(tricky_byte(), 0..5),
    ) {
        let range = KeyWriter::new(Space::Iam).open_bytes(&start).range();
        let key = KeyWriter::new(Space::Iam).bytes(&whole).finish();
        prop_assert_eq!(range.contains(&key), whole.starts_with(&start));
    }

    #[test]
    fn damaged_keys_are_refused_and_never_panic(
        key in vec(tricky_byte(), 0..12),
        (like, _) in two_of_a_kind(),
    ) {
        let key = [&[Space::Iam.byte()], key.as_slice()].concat();
        if let Ok(parts) = read(&key, &like) {
            prop_assert_eq!(write(&parts), key);
        }
    }
}

#[test]
fn the_documented_example() {
    let key = KeyWriter::new(Space::Iam)
        .text("user")
        .account(AccountId::DEFAULT)
        .text("ada")
        .finish();
    assert_eq!(key, b"\x10user\x00\x01000000000000ada\x00\x01".as_slice());

    let mut reader = KeyReader::new(Space::Iam, &key).unwrap();
    reader.literal("user").unwrap();
    assert_eq!(reader.account().unwrap(), AccountId::DEFAULT);
    assert_eq!(reader.text().unwrap(), "ada");
    reader.finish().unwrap();
}

#[test]
fn raw_takes_the_rest() {
    let key = KeyWriter::new(Space::DynamodbItem)
        .u64(7)
        .raw(b"\x00\xff")
        .finish();
    let mut reader = KeyReader::new(Space::DynamodbItem, &key).unwrap();
    assert_eq!(reader.u64().unwrap(), 7);
    assert_eq!(reader.raw(), b"\x00\xff");
}

#[test]
fn each_kind_of_damage_is_told_apart() {
    let check = |key: &[u8], expected: &str| {
        let read = KeyReader::new(Space::Iam, key).and_then(|mut reader| {
            reader.literal("user")?;
            reader.account()?;
            reader.text()?;
            reader.finish()
        });
        assert_eq!(read.unwrap_err().to_string(), expected);
    };
    check(b"", "stored data is damaged: a key outside of Iam");
    check(
        b"\x11user\x00\x01",
        "stored data is damaged: a key outside of Iam",
    );
    check(
        b"\x10role\x00\x01",
        "stored data is damaged: a key whose user is not one",
    );
    check(
        b"\x10user\x00\x0200000000000",
        "stored data is damaged: a key with a part that has no end, or an escape that does not exist",
    );
    check(
        b"\x10user\x00\x0100000000000",
        "stored data is damaged: a key that ends before its account id",
    );
    check(
        b"\x10user\x00\x0100000000000xa\x00\x01",
        "stored data is damaged: a key whose account id is not one",
    );
    check(
        b"\x10user\x00\x01000000000000\xff\x00\x01",
        "stored data is damaged: a key whose text is not one",
    );
    check(
        b"\x10user\x00\x01000000000000a\x00\x01b",
        "stored data is damaged: a key with 1 bytes too many",
    );
}
