//! Invoke URLs: everything is handed over as it came.

use crate::clients::{Call, Server};

#[tokio::test]
async fn as_it_came() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        client
            .write(
                b"PUT /stage//a%2Fb/./../c?x=1&x=%20+ HTTP/1.1\r\nHOST: abc.execute-api.localhost:1\r\n\
                  X-Two: 1\r\nx-tWO: 2\r\nContent-Length: 4\r\n\r\nbody",
            )
            .await;
        let answer = client.answer().await.unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.body,
            "api abc\nPUT /stage//a%2Fb/./../c?x=1&x=%20+\nabc.execute-api.localhost:1\n\
             HOST,X-Two,x-tWO,Content-Length\nbody"
        );
    }
}

/// What an unsigned GET of a URL reaches.
async fn check(server: &Server, host: &str, path: &str, reached: &str) {
    let answer = server
        .send(&Call::new("GET", path).header("host", host))
        .await;
    let lines: Vec<&str> = answer.body.lines().take(2).collect();
    assert_eq!(lines.join(" "), reached, "{host}{path}");
}

#[tokio::test]
async fn forms_of_urls() {
    let server = Server::start().await;
    check(
        &server,
        "a.execute-api.eu-west-1.amazonaws.com",
        "/s/p",
        "api a GET /s/p?",
    )
    .await;
    check(
        &server,
        "u.lambda-url.eu-west-1.on.aws",
        "/",
        "url u GET /?",
    )
    .await;
    check(
        &server,
        "localhost",
        "/restapis/a/s/_user_request_/p",
        "api a GET /s/p?",
    )
    .await;
    check(
        &server,
        "localhost",
        "/_aws/execute-api/a/s/p",
        "api a GET /s/p?",
    )
    .await;
    // A host that is an API's leaves all paths to it, ours too.
    check(
        &server,
        "a.execute-api.localhost",
        "/health",
        "api a GET /health?",
    )
    .await;
}

#[tokio::test]
async fn web_pages_are_welcome() {
    let server = Server::start().await;
    let call =
        Call::new("OPTIONS", "/_aws/execute-api/a/s/p").header("origin", "https://example.com");
    assert_eq!(server.send(&call).await.status, 200);
}

#[tokio::test]
async fn bodies_too_large() {
    let server = Server::start().await;
    let call = Call::new("POST", "/_aws/execute-api/a/s/p").body(vec![b'x'; (10 << 20) + 1]);
    let answer = server.send(&call).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.body, r#"Api("a")"#);
}

#[tokio::test]
async fn a_panic_is_an_answer() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let broken = Call::new("GET", "/panic").header("host", "a.execute-api.localhost");
    let answer = client.send(&broken).await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.body, r#"{"message":"Internal server error"}"#);
    let sound = Call::new("GET", "/").header("host", "a.execute-api.localhost");
    assert_eq!(client.send(&sound).await.status, 200);
}
