//! OpenAPI documents, as JSON or YAML: any text is read or refused.

use apigateway::OpenApiDocument;

pub fn check(data: &[u8]) {
    if let Ok(document) = OpenApiDocument::parse(data) {
        let _ = document.title();
        let _ = document.documentation();
    }
}
