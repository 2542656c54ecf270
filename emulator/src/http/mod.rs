//! HTTP as the emulator's services see it: a request that was read whole, a response, and the encodings of URLs and forms.

mod request;
mod response;
mod service;
pub mod text;

pub use request::Request;
pub use response::{Payload, Response, Unbuffered};
pub use service::{Responder, Route, Service};
