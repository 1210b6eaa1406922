//! HTTP/1.1 for a load generator: writes a request in one piece and reads one whole response.
//!
//! hyper's client keeps 20 KB a connection and spawns a task for each request. At 5,000 users and 50,000 requests/s on
//! one core, both cost more than everything else. This module implements the framing of RFC 9112: content length,
//! chunks, interim responses, and bodies that end with the connection.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Poll, ready};

use bytes::BytesMut;
use http::{HeaderMap, HeaderName, HeaderValue};
use httparse::Status;
use ivs_client::{Failure, FailureKind};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};

use super::answer::HttpAnswer;

/// The longest head of a response, in bytes.
const LONGEST_HEAD: usize = 64 * 1024;
/// The most header fields of a response.
const MOST_HEADERS: usize = 100;

thread_local! {
    /// The read buffer, one per thread: a read completes before another user runs.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; 64 * 1024].into());
}

/// A response, and whether the connection can be reused.
pub(crate) struct Received {
    pub(crate) answer: HttpAnswer,
    pub(crate) reusable: bool,
}

/// The reason why there is no response.
pub(crate) struct Broken {
    pub(crate) failure: Failure,
    /// True if nothing of the request was sent, so that it may be retried.
    pub(crate) unsent: bool,
}

/// Sends a rendered request and reads its response.
pub(crate) async fn exchange<S>(stream: &mut S, request: &[u8], longest_body: usize) -> Result<Received, Broken>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let broken = |unsent| move |failure| Broken { failure, unsent };
    let first = stream.write(request).await.map_err(closed).map_err(broken(true))?;
    let rest = async {
        stream.write_all(&request[first..]).await?;
        stream.flush().await
    };
    rest.await.map_err(closed).map_err(broken(false))?;
    receive(stream, longest_body).await.map_err(broken(false))
}

/// Reads one whole response.
async fn receive<S: AsyncRead + Unpin>(stream: &mut S, longest_body: usize) -> Result<Received, Failure> {
    let mut read = BytesMut::new();
    let head = loop {
        match Head::parse(&mut read)? {
            Some(head) if (100..200).contains(&head.status) => {}
            Some(head) => break head,
            None if read.len() > LONGEST_HEAD => {
                return Err(Failure::new(FailureKind::TooLarge, format!("a head of over {LONGEST_HEAD} bytes")));
            }
            None => more(stream, &mut read).await?,
        }
    };
    let too_long = || Failure::new(FailureKind::TooLarge, format!("the response is longer than {longest_body} bytes"));
    let (body, reusable) = match head.framing {
        Framing::Length(length) => {
            let length = usize::try_from(length).ok().filter(|length| *length <= longest_body).ok_or_else(too_long)?;
            while read.len() < length {
                more(stream, &mut read).await?;
            }
            (read.split_to(length).freeze(), head.keep_alive)
        }
        Framing::Chunked => {
            let mut chunks = Chunks::default();
            while !chunks.take(&mut read)? {
                if chunks.body.len() + read.len() > longest_body.saturating_add(LONGEST_HEAD) {
                    return Err(too_long());
                }
                more(stream, &mut read).await?;
            }
            if chunks.body.len() > longest_body {
                return Err(too_long());
            }
            (chunks.body.freeze(), head.keep_alive)
        }
        Framing::Close => {
            while fill(stream, &mut read).await.map_err(closed)? > 0 {
                if read.len() > longest_body {
                    return Err(too_long());
                }
            }
            (read.split().freeze(), false)
        }
    };
    // Unexpected bytes would be parsed as the next response.
    let reusable = reusable && read.is_empty();
    Ok(Received { answer: HttpAnswer { status: head.status, headers: head.headers, body }, reusable })
}

/// Reads at least one more byte.
async fn more<S: AsyncRead + Unpin>(stream: &mut S, read: &mut BytesMut) -> Result<(), Failure> {
    match fill(stream, read).await.map_err(closed)? {
        0 => Err(Failure::new(FailureKind::Closed, "the connection closed before the end of the response")),
        _ => Ok(()),
    }
}

/// Appends the available bytes and returns their number; 0 at the end of the stream.
async fn fill<S: AsyncRead + Unpin>(stream: &mut S, read: &mut BytesMut) -> io::Result<usize> {
    poll_fn(|context| {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut buffer = ReadBuf::new(scratch);
            ready!(Pin::new(&mut *stream).poll_read(context, &mut buffer))?;
            read.extend_from_slice(buffer.filled());
            Poll::Ready(Ok(buffer.filled().len()))
        })
    })
    .await
}

/// The framing of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length(u64),
    Chunked,
    /// Up to the end of the connection.
    Close,
}

struct Head {
    status: u16,
    headers: HeaderMap,
    framing: Framing,
    keep_alive: bool,
}

impl Head {
    /// Removes a complete head from the front, if there is one.
    fn parse(read: &mut BytesMut) -> Result<Option<Self>, Failure> {
        let mut fields = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut response = httparse::Response::new(&mut fields);
        let Status::Complete(length) = response.parse(read).map_err(malformed)? else { return Ok(None) };
        let status = response.code.unwrap_or_default();
        let newest = response.version == Some(1);
        let place = |part: &[u8]| -> Range<usize> {
            let start = part.as_ptr().addr() - read.as_ptr().addr();
            start..start + part.len()
        };
        let mut headers = HeaderMap::with_capacity(response.headers.len());
        let places: Vec<(HeaderName, Range<usize>)> = response
            .headers
            .iter()
            .map(|field| Ok((HeaderName::from_bytes(field.name.as_bytes()).map_err(malformed)?, place(field.value))))
            .collect::<Result<_, Failure>>()?;
        // Values are slices of the one head, not copies.
        let head = read.split_to(length).freeze();
        for (name, place) in places {
            headers.append(name, HeaderValue::from_maybe_shared(head.slice(place)).map_err(malformed)?);
        }
        let framing = framing(status, &headers)?;
        let tokens = || {
            let values = headers.get_all(http::header::CONNECTION).iter();
            values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim)
        };
        let keep_alive = if newest {
            !tokens().any(|token| token.eq_ignore_ascii_case("close"))
        } else {
            tokens().any(|token| token.eq_ignore_ascii_case("keep-alive"))
        };
        Ok(Some(Self { status, framing, keep_alive, headers }))
    }
}

/// Determines the framing of a body by RFC 9112 section 6.3.
fn framing(status: u16, headers: &HeaderMap) -> Result<Framing, Failure> {
    if (100..200).contains(&status) || status == 204 || status == 304 {
        return Ok(Framing::Length(0));
    }
    if let Some(coding) = headers.get_all(http::header::TRANSFER_ENCODING).iter().next_back() {
        let last = coding.as_bytes().rsplit(|byte| *byte == b',').next().unwrap_or_default();
        let chunked = last.trim_ascii().eq_ignore_ascii_case(b"chunked");
        return Ok(if chunked { Framing::Chunked } else { Framing::Close });
    }
    let mut length = None;
    for value in headers.get_all(http::header::CONTENT_LENGTH) {
        let text = value.to_str().map_err(malformed)?;
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let said: u64 =
            text.parse().ok().filter(|_| digits).ok_or_else(|| malformed("a content-length of no number"))?;
        if length.is_some_and(|other| other != said) {
            return Err(malformed("two lengths that differ"));
        }
        length = Some(said);
    }
    Ok(length.map_or(Framing::Close, Framing::Length))
}

/// A chunked body, read so far.
#[derive(Default)]
struct Chunks {
    body: BytesMut,
    /// The remaining bytes of the current chunk, its line end included.
    left: usize,
    /// True if the last chunk was read; trailers follow.
    ending: bool,
}

impl Chunks {
    /// Consumes the bytes read so far; returns `true` at the end of the body.
    fn take(&mut self, read: &mut BytesMut) -> Result<bool, Failure> {
        loop {
            if self.ending {
                // Trailers are lines up to an empty one; no check looks at them.
                let Some(end) = line_end(read) else { return Ok(false) };
                let line = read.split_to(end);
                if line.trim_ascii().is_empty() {
                    return Ok(true);
                }
            } else if self.left > 0 {
                let now = self.left.min(read.len());
                let content = read.split_to(now);
                let before = self.left;
                self.left -= now;
                let data = content.len().min(before.saturating_sub(2));
                self.body.extend_from_slice(&content[..data]);
                if self.left > 0 {
                    return Ok(false);
                }
            } else {
                match httparse::parse_chunk_size(read).map_err(|_| malformed("a chunk without a size"))? {
                    Status::Partial => return Ok(false),
                    Status::Complete((line, size)) => {
                        let _ = read.split_to(line);
                        let size = usize::try_from(size).map_err(malformed)?;
                        self.ending = size == 0;
                        self.left = if size == 0 { 0 } else { size.saturating_add(2) };
                    }
                }
            }
        }
    }
}

fn line_end(read: &[u8]) -> Option<usize> {
    read.iter().position(|byte| *byte == b'\n').map(|position| position + 1)
}

fn closed(error: io::Error) -> Failure {
    Failure::new(FailureKind::Closed, error.to_string())
}

fn malformed(error: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Malformed, format!("not an HTTP response: {error}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt as _, duplex};

    use super::*;

    /// Reads a response that arrives in pieces of these sizes, the last size repeated.
    fn receive_in_pieces(answer: &[u8], pieces: &[usize], longest: usize) -> Result<Received, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (mut near, mut far) = duplex(8);
            let (answer, pieces) = (answer.to_vec(), pieces.to_vec());
            let writer = async move {
                let (mut left, mut number) = (&answer[..], 0);
                while !left.is_empty() {
                    let size = pieces.get(number).or(pieces.last()).copied().unwrap_or(1).clamp(1, left.len());
                    number += 1;
                    if far.write_all(&left[..size]).await.is_err() {
                        break;
                    }
                    left = &left[size..];
                }
            };
            let (received, ()) = tokio::join!(
                async {
                    let received = receive(&mut near, longest).await;
                    drop(near);
                    received
                },
                writer
            );
            received
        })
    }

    fn whole(answer: &str) -> Result<Received, Failure> {
        receive_in_pieces(answer.as_bytes(), &[usize::MAX], 1000)
    }

    fn seen(answer: &str) -> (u16, String, bool) {
        let Received { answer, reusable } = whole(answer).unwrap_or_else(|failure| panic!("{failure}"));
        (answer.status, String::from_utf8(answer.body.to_vec()).unwrap(), reusable)
    }

    fn kind(answer: &str) -> FailureKind {
        whole(answer).err().map(|failure| failure.kind).expect("a failure")
    }

    #[test]
    fn a_body_has_its_announced_length() {
        assert_eq!(seen("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"), (200, "{}".into(), true));
        assert_eq!(seen("HTTP/1.1 204 No Content\r\n\r\n"), (204, String::new(), true));
        let chunked =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;x=y\r\n{\r\n1\r\n}\r\n0\r\ntrailer: x\r\n\r\n";
        assert_eq!(seen(chunked), (200, "{}".into(), true));
        assert_eq!(seen("HTTP/1.1 200 OK\r\n\r\nto the end"), (200, "to the end".into(), false));
    }

    #[test]
    fn an_interim_response_is_skipped() {
        let answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(seen(answer), (200, String::new(), true));
    }

    #[test]
    fn a_connection_is_kept_if_its_headers_allow_it() {
        for (head, kept) in [
            ("HTTP/1.1 200 OK", true),
            ("HTTP/1.1 200 OK\r\nConnection: x, Close", false),
            ("HTTP/1.0 200 OK", false),
            ("HTTP/1.0 200 OK\r\nconnection: keep-alive", true),
        ] {
            assert_eq!(seen(&format!("{head}\r\ncontent-length: 0\r\n\r\n")).2, kept, "{head}");
        }
        // Bytes after a response belong to no exchange.
        assert!(!seen("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP").2);
    }

    #[test]
    fn malformed_responses_are_errors_of_their_kind() {
        for cut in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}"] {
            assert_eq!(kind(cut), FailureKind::Closed, "{cut:?}");
        }
        for nonsense in [
            "SSH-2.0-OpenSSH\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}}",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n",
        ] {
            assert_eq!(kind(nonsense), FailureKind::Malformed, "{nonsense:?}");
        }
        assert_eq!(kind("HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n"), FailureKind::TooLarge);
        let endless = "HTTP/1.1 200 OK\r\n\r\n".to_owned() + &"x".repeat(2000);
        assert_eq!(kind(&endless), FailureKind::TooLarge);
        let long_head = format!("HTTP/1.1 200 OK\r\na: {}", "x".repeat(70_000));
        assert_eq!(kind(&long_head), FailureKind::TooLarge);
    }

    #[tokio::test]
    async fn a_request_is_sent_before_its_response_is_read() {
        let (mut near, mut far) = duplex(4);
        let server = async {
            let mut request = [0; 12];
            far.read_exact(&mut request).await.unwrap();
            far.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            request
        };
        let (received, request) = tokio::join!(exchange(&mut near, b"twelve bytes", 10), server);
        assert_eq!(&request, b"twelve bytes");
        assert!(received.is_ok_and(|received| received.answer.status == 200));
    }

    proptest! {
        #[test]
        fn a_response_is_the_same_in_pieces_of_any_size(
            pieces in prop::collection::vec(1_usize..9, 1..20),
            bodies in prop::collection::vec("[a-z]{0,12}", 0..4),
            chunked: bool,
        ) {
            let body = bodies.concat();
            let text = if chunked {
                let chunks = bodies.iter().filter(|it| !it.is_empty()).map(|it| format!("{:x}\r\n{it}\r\n", it.len()));
                format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}0\r\n\r\n", chunks.collect::<String>())
            } else {
                format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            };
            let received = receive_in_pieces(text.as_bytes(), &pieces, 1000);
            let Received { answer, reusable } = received.map_err(|failure| TestCaseError::fail(failure.to_string()))?;
            prop_assert_eq!(&answer.body[..], body.as_bytes());
            prop_assert!(reusable);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), head: bool) {
            let head: &[u8] = if head { b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" } else { b"" };
            let _ = receive_in_pieces(&[head, &bytes].concat(), &[7], 100);
        }
    }
}
