//! What a server can do to a client beside answering, one row each, with the bounds that hold: in time, in requests, and in what is read.
//!
//! Other rows need no sockets: links to other hosts, circles and listings without end are in `azure/tests/paging.rs`, `Retry-After` of every kind in
//! `azure/tests/outages.rs`, JSON that takes many times its size in `azure/json_memory.rs`.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::sync::atomic::Ordering;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::local::{Act, Local, frame};
use super::transport::Limits;
use super::*;
use crate::azure::error::Trouble;

/// The bounds of one attempt.
const LIMITS: Limits = Limits { connect: Duration::from_secs(5), whole: Duration::from_millis(1_500), body: 1 << 20 };
/// What the sockets of both sides may hold beside what is read.
const BUFFERS: usize = 16 << 20;
/// By how much the memory of the process may grow, the server's side included.
const MEMORY: usize = 64 << 20;

struct Row {
    name: &'static str,
    act: Act,
    http2: bool,
    /// What may come of it.
    trouble: &'static [Trouble],
    /// How often it is sent at most.
    requests: usize,
}

fn row(name: &'static str, act: Act, trouble: &'static [Trouble]) -> Row {
    Row { name, act, http2: false, trouble, requests: 1 }
}

/// To a request over HTTP/2: the first bytes, then the other ones without end.
fn http2(name: &'static str, first: Vec<u8>, rest: Vec<u8>, trouble: &'static [Trouble]) -> Row {
    Row { name, act: Act::Http2(first, rest), http2: true, trouble, requests: 1 }
}

fn http(head: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 {head}\r\n\r\n").as_bytes(), body].concat()
}

fn rows() -> Vec<Row> {
    use Trouble::{Broken, Timeout, TooLarge};
    // `:status: 200`, indexed.
    let ok = || frame(1, 4, 1, &[0x88]);
    let header = [&[0x40, 1, b'x', 0x7f, 0x81, 0x7e][..], &[b'y'; 16_256]].concat();
    let chunk = [b"1f4\r\n".as_slice(), &[b' '; 500], b"\r\n"].concat();
    vec![
        row("no answer", Act::Hang, &[Timeout]),
        row("an answer byte by byte", Act::Drip(http("200 OK\r\ncontent-length: 100000", b"")), &[Timeout]),
        row("headers byte by byte", Act::Drip(b"HTTP/1.1 200 OK\r\nx: ".to_vec()), &[Timeout]),
        row("a body without end", Act::Flood(http("200 OK\r\ncontent-length: 99999999999", b""), vec![b' '; 65_536]), &[TooLarge]),
        row("chunks without end", Act::Flood(http("200 OK\r\ntransfer-encoding: chunked", b""), chunk), &[TooLarge]),
        row("empty lines without end", Act::Flood(Vec::new(), b"\r\n".repeat(1_000)), &[Broken, Timeout]),
        row("headers without end", Act::Flood(b"HTTP/1.1 200 OK\r\n".to_vec(), b"x: y\r\n".repeat(1_000)), &[Broken]),
        row("a header without end", Act::Flood(b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'y'; 65_536]), &[Broken]),
        row("interim answers without end", Act::Flood(Vec::new(), b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100)), &[Broken, Timeout]),
        row("chunk extensions without end", Act::Flood(http("200 OK\r\ntransfer-encoding: chunked", b"1;"), vec![b'y'; 65_536]), &[Broken]),
        row("an end in the middle", Act::Last(http("200 OK\r\ncontent-length: 100", b"{")), &[Broken]),
        row("no HTTP", Act::Last(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()), &[Broken]),
        row("a reset before the answer", Act::Reset(Vec::new()), &[Broken]),
        row("a reset in the middle", Act::Reset(http("200 OK\r\ncontent-length: 100", b"{")), &[Broken]),
        row("two lengths", Act::Last(http("200 OK\r\ncontent-length: 1\r\ncontent-length: 2", b"{}")), &[Broken]),
        row("gzip that is none", Act::Last(http("200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4", b"nope")), &[Broken]),
        http2("pings without end", ok(), frame(6, 0, 0, &[0; 8]), &[Timeout, Broken]),
        http2("settings without end", ok(), frame(4, 0, 0, &[]), &[Timeout, Broken]),
        http2("empty data without end", ok(), frame(0, 0, 1, &[]), &[Timeout, Broken]),
        http2("window updates without end", ok(), frame(8, 0, 0, &[0, 0, 0, 1]), &[Timeout, Broken]),
        http2("priorities without end", ok(), frame(2, 0, 1, &[0, 0, 0, 3, 1]), &[Timeout, Broken]),
        http2("unknown frames without end", ok(), frame(0xee, 0, 1, &[0; 1_000]), &[Timeout, Broken]),
        http2("data without end", ok(), frame(0, 0, 1, &[b' '; 16_000]), &[TooLarge, Broken, Timeout]),
        http2("a header block without end", frame(1, 0, 1, &[0x88]), frame(9, 0, 1, &header), &[Broken]),
        http2("empty continuations without end", frame(1, 0, 1, &[0x88]), frame(9, 0, 1, &[]), &[Broken, Timeout]),
        http2("resets without end", frame(3, 0, 1, &[0, 0, 0, 8]), frame(3, 0, 1, &[0, 0, 0, 8]), &[Broken]),
        http2("pushed answers", ok(), frame(5, 4, 1, &[0, 0, 0, 2, 0x82]), &[Broken, Timeout]),
        // That the last stream it looked at was none says that the request had no effect: the library may send it again.
        Row { requests: 3, ..http2("a farewell", frame(7, 0, 0, &[0; 8]), frame(7, 0, 0, &[0; 8]), &[Broken, Timeout]) },
        http2("a frame that is larger than agreed", vec![0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1], vec![0; 65_536], &[Broken]),
    ]
}

/// The resident memory of this process, in bytes; zero where the system does not tell.
fn memory() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or_default() * 4096
}

/// In a process of its own, whose memory no other test uses.
#[test]
fn a_hostile_server_costs_bounded_time_requests_and_memory() {
    let test = concat!(module_path!(), "::every_row").split_once("::").unwrap().1;
    let output =
        std::process::Command::new(std::env::current_exe().unwrap()).args(["--exact", test, "--ignored", "--nocapture"]).output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the test above runs it"]
async fn every_row() {
    for Row { name, act, http2, trouble, requests } in rows() {
        let local = Local::serve(act).await;
        let network = if http2 { Network::plain_http2(LIMITS) } else { Network::plain(LIMITS) };
        let sender = Sender::new(Box::new(network));
        let call = Call {
            service: Service::Graph,
            method: Method::POST,
            template: "/x",
            url: local.url(),
            headers: HeaderMap::new(),
            body: Some(Bytes::from_static(b"{}")),
            kind: RequestKind::Once,
        };
        let operation_context = OperationContext::new(Duration::from_secs(20), CancellationToken::new());
        let (began, before) = (Instant::now(), memory());
        let outcome = sender.send(&call, &operation_context, &mut History::default()).await;
        assert!(began.elapsed() < Duration::from_secs(10), "{name}: {:?}", began.elapsed());
        assert!(memory().saturating_sub(before) < MEMORY, "{name}: {} MiB", (memory() - before) >> 20);
        let sent = local.requests.load(Ordering::SeqCst);
        assert!((1..=requests).contains(&sent), "{name}: sent {sent} times");
        let found = match &outcome {
            Ok(_) => None,
            Err(Error::Network(error)) => Some(error.trouble),
            Err(other) => panic!("{name}: {other}"),
        };
        assert!(found.is_some_and(|found| trouble.contains(&found)), "{name}: {outcome:?}");
        if found == Some(Trouble::TooLarge) || found == Some(Trouble::Broken) {
            let sent = local.sent.load(Ordering::SeqCst);
            assert!(sent < LIMITS.body + BUFFERS, "{name}: {sent} bytes were taken");
        }
    }
}
