//! OpenAPI documents as HTTP APIs: what is imported is exported to a document with the same routes.

use apigateway::HttpApiDocument;
use base::Entropy;

pub fn check(data: &[u8]) {
    let entropy = Entropy::seeded(1);
    let Ok(document) = HttpApiDocument::read(data, &entropy) else {
        return;
    };
    let exported = document.export();
    let again = HttpApiDocument::read(exported.as_bytes(), &entropy);
    let again = again.unwrap_or_else(|error| panic!("{error}: {exported}"));
    assert_eq!(document.route_keys(), again.route_keys(), "{exported}");
}
