//! The stored form of numbers: it ends itself, reads back as what it was, and has their order.

use dynamodb::number::Number;

/// Stored numbers, one behind the other.
pub fn check(data: &[u8]) {
    let mut rest = data;
    let mut last: Option<(Number, &[u8])> = None;
    while let Some((number, stored)) = next(&mut rest) {
        let mut again = Vec::new();
        number.encode_ordered(&mut again);
        assert_eq!(again, stored, "{number} is stored in one way only");
        if let Some((other, other_stored)) = last {
            assert_eq!(
                number.cmp(&other),
                stored.cmp(other_stored),
                "{number} {other}"
            );
        }
        last = Some((number, stored));
    }
}

fn next<'a>(rest: &mut &'a [u8]) -> Option<(Number, &'a [u8])> {
    let before = *rest;
    let number = Number::decode_ordered(rest)?;
    Some((number, &before[..before.len() - rest.len()]))
}
