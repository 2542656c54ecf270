//! The real network, as far as one machine goes.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::sync::atomic::Ordering;

use tokio_util::sync::CancellationToken;

use super::local::{Act, Local};
use super::transport::Limits;
use super::*;
use crate::azure::error::Trouble;

const LIMITS: Limits = Limits { connect: Duration::from_secs(5), whole: Duration::from_secs(5), body: 1_000 };

fn post(url: Url) -> Call<'static> {
    Call {
        service: Service::Graph,
        method: Method::POST,
        template: "/x",
        url,
        headers: HeaderMap::from_iter([(reqwest::header::AUTHORIZATION, HeaderValue::from_static("Bearer t"))]),
        body: Some(Bytes::from_static(b"{}")),
        kind: RequestKind::Once,
    }
}

async fn send_within(limits: Limits, call: &Call<'_>, times: usize) -> Vec<Result<Answer, Error>> {
    let sender = Sender::new(Box::new(Network::plain(limits)));
    let operation_context = OperationContext::new(Duration::from_secs(60), CancellationToken::new());
    let mut outcomes = Vec::new();
    for _ in 0..times {
        outcomes.push(sender.send(call, &operation_context, &mut History::default()).await);
    }
    outcomes
}

async fn send(call: &Call<'_>) -> Result<Answer, Error> {
    send_within(LIMITS, call, 1).await.remove(0)
}

fn trouble(outcome: Result<Answer, Error>) -> (Trouble, bool) {
    match outcome.unwrap_err() {
        Error::Network(error) => (error.trouble, error.exchange.ambiguous),
        other => panic!("{other}"),
    }
}

fn http(head: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 {head}\r\n\r\n").as_bytes(), body].concat()
}

#[tokio::test]
async fn connections_are_used_again() {
    let local = Local::serve(Act::Say(http("200 OK\r\ncontent-length: 2", b"{}"))).await;
    let outcomes = send_within(LIMITS, &post(local.url()), 5).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(local.requests.load(Ordering::SeqCst), 5);
    assert_eq!(local.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Local::serve(Act::Say(http("200 OK\r\ncontent-length: 2", b"{}"))).await;
    for status in ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let head = format!("{status}\r\nlocation: {}\r\ncontent-length: 0", elsewhere.url());
        let local = Local::serve(Act::Say(http(&head, b""))).await;
        let error = send(&post(local.url())).await.unwrap_err();
        assert!(error.to_string().contains("a redirect to \"http://127.0.0.1"), "{error}");
        assert!(!error.is_ambiguous());
        assert_eq!(local.requests.load(Ordering::SeqCst), 1);
    }
    assert_eq!(elsewhere.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn gzip_is_unpacked_and_bombs_are_not() {
    // `gzip -9n` of "{}", and of 100,000 spaces.
    let small = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xab, 0xae, 5, 0, 0x43, 0xbf, 0xa6, 0xa3, 2, 0, 0, 0];
    let head = |length: usize| format!("200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {length}");
    let local = Local::serve(Act::Say(http(&head(small.len()), &small))).await;
    let answer = send(&post(local.url())).await.unwrap();
    assert_eq!(answer.json::<serde_json::Value>().unwrap(), serde_json::json!({}));

    let bomb = [
        [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xed, 0xc1, 0x31, 1, 0, 0, 0, 0xc2, 0xa0, 0x2a, 0xeb, 0x9f, 0xd2, 0x1a, 0x1e, 0x40, 1]
            .as_slice(),
        &[0; 96],
        &[0xaf, 6, 0x2d, 0xf0, 0x79, 0xca, 0xa0, 0x86, 1, 0],
    ]
    .concat();
    let local = Local::serve(Act::Say(http(&head(bomb.len()), &bomb))).await;
    assert_eq!(trouble(send(&post(local.url())).await), (Trouble::TooLarge, true));
    assert_eq!(local.requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_body_without_end_is_cut() {
    let announced = Local::serve(Act::Flood(http("200 OK\r\ncontent-length: 99999999999", b""), vec![b' '; 500])).await;
    assert_eq!(trouble(send(&post(announced.url())).await), (Trouble::TooLarge, true));
    let chunk = [b"1f4\r\n".as_slice(), &[b' '; 500], b"\r\n"].concat();
    let chunked = Local::serve(Act::Flood(http("200 OK\r\ntransfer-encoding: chunked", b""), chunk)).await;
    assert_eq!(trouble(send(&post(chunked.url())).await), (Trouble::TooLarge, true));
}

#[tokio::test]
async fn headers_without_end_are_cut() {
    let local = Local::serve(Act::Flood(b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'y'; 10_000])).await;
    assert_eq!(trouble(send(&post(local.url())).await), (Trouble::Broken, true));
}

#[tokio::test]
async fn an_answer_that_breaks_off_leaves_the_effect_open() {
    for half in [http("200 OK\r\ncontent-length: 100", b"{"), b"HTTP/1.1 200".to_vec(), Vec::new()] {
        let local = Local::serve(Act::Last(half)).await;
        assert_eq!(trouble(send(&post(local.url())).await), (Trouble::Broken, true));
        assert_eq!(local.requests.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn silence_ends() {
    let local = Local::serve(Act::Hang).await;
    let limits = Limits { whole: Duration::from_millis(200), ..LIMITS };
    let outcome = send_within(limits, &post(local.url()), 1).await.remove(0);
    assert_eq!(trouble(outcome), (Trouble::Timeout, true));
}

/// One attempt, so that no pauses between attempts have to be sat out.
async fn attempt(limits: Limits, url: &str) -> (Trouble, bool) {
    let call = post(url.parse().unwrap());
    let attempt = Attempt { method: call.method, url: call.url, headers: call.headers, body: call.body, is_loopback: false };
    let error = Network::plain(limits).send(attempt).await.unwrap_err();
    (error.trouble, error.sent)
}

#[tokio::test]
async fn what_was_never_sent_had_no_effect() {
    // A port on which nobody listens: taken, and given back.
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    assert_eq!(attempt(LIMITS, &format!("http://127.0.0.1:{port}/x")).await, (Trouble::Connect, false));
    assert_eq!(attempt(LIMITS, "http://no-such-host.invalid/x").await, (Trouble::Name, false));
    // Plain HTTP where TLS was expected.
    let local = Local::serve(Act::Blurt(http("400 Bad Request\r\ncontent-length: 0", b""))).await;
    assert_eq!(attempt(LIMITS, &format!("https://127.0.0.1:{}/x", local.port)).await, (Trouble::Tls, false));
    // A server that knows nothing newer than TLS 1.1 (3.2): its hello, with TLS_RSA_WITH_AES_128_CBC_SHA.
    let hello = [&[3, 2], [7; 32].as_slice(), &[0, 0, 0x2f, 0]].concat();
    let handshake = [&[2, 0, 0, hello.len() as u8], hello.as_slice()].concat();
    let local = Local::serve(Act::Blurt([&[22, 3, 2, 0, handshake.len() as u8], handshake.as_slice()].concat())).await;
    assert_eq!(attempt(LIMITS, &format!("https://127.0.0.1:{}/x", local.port)).await, (Trouble::Tls, false));
    // Nobody shakes hands.
    let local = Local::serve(Act::Hang).await;
    let limits = Limits { connect: Duration::from_millis(200), ..LIMITS };
    assert_eq!(attempt(limits, &format!("https://127.0.0.1:{}/x", local.port)).await, (Trouble::Timeout, false));
}

#[tokio::test]
async fn outside_of_tests_everything_is_https() {
    let local = Local::serve(Act::Say(http("200 OK\r\ncontent-length: 2", b"{}"))).await;
    let call = post(local.url());
    let attempt = Attempt { method: call.method, url: call.url, headers: call.headers, body: call.body, is_loopback: false };
    let error = Network::new("x".to_owned()).send(attempt).await.unwrap_err();
    assert!(!error.sent);
    assert_eq!(local.connections.load(Ordering::SeqCst), 0);
    // But for the tokens of this machine's own identity; and those only here.
    for (url, sent) in [(local.url(), true), ("http://198.51.100.1/x".parse().unwrap(), false)] {
        let attempt = Attempt { method: Method::GET, url, headers: HeaderMap::new(), body: None, is_loopback: true };
        assert_eq!(Network::new("x".to_owned()).send(attempt).await.is_ok(), sent);
    }
}

#[tokio::test]
async fn json_that_is_none_or_too_deep_is_an_error() {
    let deep = |open: &str, depth: usize| open.repeat(depth);
    for (body, reason) in [
        (deep("[", 100_000), "recursion limit"),
        (deep("{\"a\":", 20_000), "recursion limit"),
        ("{\"value\": [1,".to_owned(), "cut off"),
        ("{\"value\": nonsense}".to_owned(), "not JSON"),
        ("<!DOCTYPE html><p>".to_owned(), "a web page"),
        ("\u{0}\u{0}".to_owned(), "not JSON"),
    ] {
        let local = Local::serve(Act::Say(http(&format!("200 OK\r\ncontent-length: {}", body.len()), body.as_bytes()))).await;
        let answer = send_within(Limits { body: 32 << 20, ..LIMITS }, &post(local.url()), 1).await.remove(0).unwrap();
        let error = answer.json::<serde_json::Value>().unwrap_err().to_string();
        assert!(error.contains(reason) && error.len() < 1_000, "{error}");
    }
}
