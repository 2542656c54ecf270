//! `/devicelogin`: the page on which a person enters a device code and signs in.

use axum::http::StatusCode;

use super::{
    device::Decision,
    endpoint::{TokenRequest, Version},
    user,
};
use crate::{
    http::{Request, Response},
    identity::IdentityPlatform,
    tenant::ids,
};
use jiff::Timestamp;

/// The page with its form.
pub fn show(request: &Request) -> Response {
    let code = request.option("user_code").unwrap_or_default();
    page(StatusCode::OK, &form(&code, ""))
}

/// Form fields of the page: signs in, and decides on the code.
pub fn decide(platform: &IdentityPlatform, request: &Request) -> Response {
    let request = TokenRequest::new(platform, Version::Two, request);
    let text = |name: &str| request.field(name).unwrap_or_default();
    let code = text("user_code");
    let decision = if request.field("decline").is_some() {
        Ok(Decision::Declined)
    } else {
        user::with_password(platform, text("username"), text("password")).map(Decision::By)
    };
    match decision {
        Err(refusal) => page(StatusCode::BAD_REQUEST, &form(code, &format!("AADSTS{}: {}", refusal.number, refusal.text))),
        Ok(decision) => match platform.device_codes.decide(code, decision, Timestamp::now().as_second()) {
            true => page(StatusCode::OK, "<p>Done. You can close this page.</p>"),
            false => page(StatusCode::BAD_REQUEST, &form(code, "That code is not waiting for anybody.")),
        },
    }
}

fn form(code: &str, trouble: &str) -> String {
    format!(
        "<p role=\"alert\">{}</p>\
         <form method=\"post\" action=\"/devicelogin\">\
         <p><label>Code<br><input name=\"user_code\" value=\"{}\" autocomplete=\"off\"></label></p>\
         <p><label>User principal name<br><input name=\"username\" placeholder=\"{}\"></label></p>\
         <p><label>Password<br><input name=\"password\" type=\"password\"></label></p>\
         <p><button>Sign in</button> <button name=\"decline\" value=\"1\">Decline</button></p>\
         </form>",
        escape(trouble),
        escape(code),
        ids::ADMINISTRATOR,
    )
}

fn page(status: StatusCode, content: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Sign in to {}</title><body style=\"font-family: sans-serif; max-width: 30em; margin: 2em auto; padding: 0 1em\">\
         <h1>Sign in to {}</h1>{content}</body></html>\n",
        ids::ORGANIZATION,
        ids::ORGANIZATION,
    );
    Response::text(status, "text/html; charset=utf-8", html)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
