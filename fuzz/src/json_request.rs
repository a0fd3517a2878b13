//! Requests of DynamoDB as they come: bytes to a typed input, or to an error with AWS's words.

use bytes::Bytes;
use http::HeaderMap;
use wire::{Input, RequestParts, decode_input, dynamodb};

/// The first byte chooses the operation, the rest is the body.
pub fn check(data: &[u8]) {
    let Some((operation, body)) = data.split_first() else {
        return;
    };
    match operation % 9 {
        0 => decode::<dynamodb::PutItemInput>(body),
        1 => decode::<dynamodb::UpdateItemInput>(body),
        2 => decode::<dynamodb::QueryInput>(body),
        3 => decode::<dynamodb::ScanInput>(body),
        4 => decode::<dynamodb::BatchWriteItemInput>(body),
        5 => decode::<dynamodb::BatchGetItemInput>(body),
        6 => decode::<dynamodb::TransactWriteItemsInput>(body),
        7 => decode::<dynamodb::CreateTableInput>(body),
        _ => decode::<dynamodb::GetItemInput>(body),
    }
}

fn decode<I: Input>(body: &[u8]) {
    let headers = HeaderMap::new();
    let parts = RequestParts {
        method: "POST",
        path: "/",
        query: "",
        headers: &headers,
        body: &Bytes::copy_from_slice(body),
    };
    let Ok(node) = parts.node(I::SERVICE, I::OPERATION) else {
        return;
    };
    node.shown();
    let _ = decode_input::<I>(node);
}
