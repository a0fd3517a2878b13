use super::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Answers one connection with these bytes, whatever it is asked, and hands back what it was
/// asked.
async fn server(answer: Vec<u8>) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/path?q=1", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 4096];
        let length = tcp.read(&mut asked).await.unwrap();
        let _ = tcp.write_all(&answer).await;
        String::from_utf8_lossy(&asked[..length]).into_owned()
    });
    (url, serving)
}

fn get(url: &str) -> HttpRequest {
    HttpRequest {
        method: "GET".into(),
        url: url.into(),
        headers: vec![("x-a".into(), "1".into()), ("X-A".into(), "2".into())],
        body: Bytes::new(),
        answer_limit: 1000,
        certificates: Certificates::Checked,
    }
}

#[tokio::test]
async fn requests_and_answers() {
    let (url, asked) =
        server(b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 2\r\n\r\nhi".to_vec())
            .await;
    let answer = Egress::new().send(get(&url)).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (302, &b"hi"[..]));
    let asked = asked.await.unwrap();
    assert!(asked.starts_with("GET /path?q=1 HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("X-A: 1\r\nX-A: 2\r\n"), "{asked}");
}

#[tokio::test]
async fn failures() {
    let egress = Egress::new();
    for (answer, too_large) in [
        (&b""[..], false),
        (b"garbage\r\n\r\n", false),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", false),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n", true),
    ] {
        let mut answer = answer.to_vec();
        if too_large {
            answer.resize(2000, b'x');
        }
        let (url, _asked) = server(answer).await;
        let refused = egress.send(get(&url)).await.unwrap_err();
        assert_eq!(
            matches!(refused, HttpError::TooLarge { limit: 1000 }),
            too_large,
            "{refused}"
        );
        assert!(
            too_large || matches!(refused, HttpError::Broken(_)),
            "{refused}"
        );
    }
    let nobody = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let refused = egress.send(get(&format!("http://{nobody}/"))).await;
    assert!(
        matches!(refused, Err(HttpError::Unreachable(_))),
        "{refused:?}"
    );
    let refused = egress.send(get("http://nothing.invalid/")).await;
    assert_eq!(refused, Err(HttpError::UnknownHost));
    for url in ["ftp://127.0.0.1/", "/path", "http:///x", "http://a b/"] {
        assert_eq!(egress.send(get(url)).await, Err(HttpError::Url), "{url}");
    }
}
