//! One request and its answer on a connection that exists. HTTP/1.1, one request per connection: nothing of one call is ever taken
//! for the answer to another.

use std::{io, pin::pin};

use bytes::Bytes;
use gatewright_core::port::{HookAnswer, HookCall, HookError, MAX_HOOK_ANSWER};
use http::{HeaderValue, Method, Request, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::{Body, Incoming},
    client::conn::http1::{Builder, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::{
    signature::{HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP, signature},
    target::Target,
};

/// The most bytes of the head of an answer. hyper reads no buffer larger than this.
const MAX_HEAD_LEN: usize = 16 * 1024;
/// The most headers of an answer.
const MAX_HEADERS: usize = 64;
/// The longest id of a message.
const MAX_ID_LEN: usize = 256;

/// The request, signed.
pub(crate) fn request(target: &Target, call: HookCall) -> Result<Request<Full<Bytes>>, HookError> {
    // A dot would let one message be read as another: it is what stands between the parts that are signed.
    let is_id = (1..=MAX_ID_LEN).contains(&call.id.len())
        && call.id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'.');
    if !is_id {
        return Err(HookError::Refused("its message has no usable id"));
    }
    if call.secrets.is_empty() {
        return Err(HookError::Refused("there is no secret to sign with"));
    }
    let signatures: Vec<String> =
        call.secrets.iter().map(|secret| signature(secret.expose(), &call.id, call.at, &call.body)).collect();
    let text = |text: &str| HeaderValue::from_str(text).expect("it consists of printing ASCII characters");
    let mut request = Request::new(Full::new(Bytes::from(call.body)));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = Uri::from(target.path.clone());
    let headers = request.headers_mut();
    headers.insert(header::HOST, text(&target.authority()));
    headers.insert(header::USER_AGENT, HeaderValue::from_static("gatewright-webhooks"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers.insert(HEADER_ID, text(&call.id));
    headers.insert(HEADER_TIMESTAMP, text(&call.at.secs().to_string()));
    headers.insert(HEADER_SIGNATURE, text(&signatures.join(" ")));
    Ok(request)
}

/// Sends the request and reads the answer. The connection is driven in here and ends with this call: nothing runs beside it.
pub(crate) async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    request: Request<Full<Bytes>>,
) -> Result<HookAnswer, HookError> {
    let mut protocol = Builder::new();
    protocol.max_buf_size(MAX_HEAD_LEN).max_headers(MAX_HEADERS);
    let (sender, connection) = protocol.handshake(TokioIo::new(stream)).await.map_err(|error| failure(&error))?;
    let mut connection = pin!(connection);
    let mut answer = pin!(answer(sender, request));
    let mut is_open = true;
    loop {
        tokio::select! {
            answer = &mut answer => return answer,
            // What broke is told to whoever waits for the answer; what has been read already is still to be taken.
            _ = &mut connection, if is_open => is_open = false,
        }
    }
}

async fn answer(mut sender: SendRequest<Full<Bytes>>, request: Request<Full<Bytes>>) -> Result<HookAnswer, HookError> {
    let response = sender.send_request(request).await.map_err(|error| failure(&error))?;
    let status = response.status().as_u16();
    Ok(HookAnswer { status, body: body(response.into_body()).await? })
}

/// The body, counted while it comes. What a server says of its length is believed only if it is too much.
async fn body(mut incoming: Incoming) -> Result<Vec<u8>, HookError> {
    if incoming.size_hint().lower() > MAX_HOOK_ANSWER as u64 {
        return Err(HookError::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        // Trailers are no part of the answer.
        let Ok(data) = frame.map_err(|error| failure(&error))?.into_data() else { continue };
        if data.len() > MAX_HOOK_ANSWER - body.len() {
            return Err(HookError::TooLarge);
        }
        body.extend_from_slice(&data);
    }
    Ok(body)
}

fn failure(error: &hyper::Error) -> HookError {
    if error.is_parse_too_large() {
        return HookError::TooLarge;
    }
    let says = if error.is_parse() {
        "it did not speak HTTP"
    } else if error.is_incomplete_message() || is_cut(error) {
        "it closed the connection before its answer was complete"
    } else {
        "the connection broke"
    };
    HookError::Unreachable(says.to_owned())
}

/// Whether a body ended before its length, which hyper tells as an error of reading.
fn is_cut(error: &hyper::Error) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    source.is_some_and(|source| source.kind() == io::ErrorKind::UnexpectedEof)
}
