//! Every shape of error that the services are known to send, and every question that is asked about one.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use reqwest::header::HeaderMap;
use serde_json::json;

use super::*;

fn exchange(service: Service) -> Exchange {
    Exchange {
        service,
        method: "POST".to_owned(),
        template: "/groups".to_owned(),
        client_request_id: "ours".to_owned(),
        repeated: false,
        ambiguous: false,
        tried: Tried::default(),
    }
}

fn read(status: u16, body: &[u8]) -> Error {
    error_of(exchange(Service::Graph), status, body, String::new(), &HeaderMap::new())
}

fn graph(status: u16, code: &str, message: &str) -> Error {
    read(status, json!({"error": {"code": code, "message": message}}).to_string().as_bytes())
}

fn service(error: Error) -> ServiceError {
    match error {
        Error::Service(error) => *error,
        other => panic!("{other}"),
    }
}

#[test]
fn envelopes() {
    let nested = r#"{"errorCode":"PermissionScopeNotGranted","message":"Authorization failed.","instanceAnnotations":[]}"#;
    let rows = [
        // body, code, message
        (json!({"error": {"code": "A", "message": "B"}}).to_string(), "A", "B"),
        (json!({"error": {"code": "A", "message": {"lang": "en", "value": "B"}}}).to_string(), "A", "B"),
        (json!({"code": "A", "message": "B", "details": null, "subcode": "C"}).to_string(), "A", "B"),
        (
            json!({"error": {"code": "BadRequest", "message": "generic", "innerError": {"message": "1011: useful"}}}).to_string(),
            "BadRequest",
            "1011: useful",
        ),
        (json!({"error": {"code": "UnknownError", "message": nested}}).to_string(), "PermissionScopeNotGranted", "Authorization failed."),
        (json!({"error": {"code": "", "message": "An error has occurred."}}).to_string(), "", "An error has occurred."),
        (json!({"error": {"code": "A", "message": ""}}).to_string(), "A", "Bad Request"),
        (json!({"error": {"code": "A"}}).to_string(), "A", "Bad Request"),
        (
            json!({"error": "invalid_request", "error_description": "Identity not found"}).to_string(),
            "invalid_request",
            "Identity not found",
        ),
        (String::new(), "", "the answer has no body (Bad Request)"),
        ("oops".to_owned(), "", "the answer is not one of the service's own: oops"),
        ("[]".to_owned(), "", "the answer is not one of the service's own: []"),
        ("null".to_owned(), "", "the answer is not one of the service's own: null"),
    ];
    for (body, code, message) in rows {
        let error = service(read(400, body.as_bytes()));
        assert_eq!((error.code.as_str(), error.message.as_str()), (code, message), "{body}");
    }
}

#[test]
fn web_pages_are_reported_by_their_title() {
    let page = b"<!DOCTYPE html>\n<html><head><TITLE> 502 Bad Gateway \xff</TITLE></head></html>";
    let message = service(read(502, page)).message;
    assert!(message.contains("web page titled \"502 Bad Gateway"), "{message}");
    let message = service(read(502, b"<html><title>")).message;
    assert!(message.contains("a web page, not"), "{message}");
}

#[test]
fn long_messages_are_cut() {
    let error = service(graph(400, "A", &"x".repeat(100_000)));
    assert_eq!(error.message.len(), 2_000);
}

#[test]
fn details_are_a_list_or_one() {
    let detail = json!({"code": "InvalidValue", "message": "m", "target": "mailNickname"});
    for details in [json!([detail]), detail] {
        let body = json!({"error": {"code": "A", "message": "B", "details": details}}).to_string();
        let error = service(read(400, body.as_bytes()));
        assert_eq!(error.details.len(), 1);
        assert_eq!(error.details[0].target, "mailNickname");
    }
}

#[test]
fn token_endpoint_answers() {
    let new = "AADSTS700016: Application with identifier 'x' was not found. Trace ID: t Correlation ID: c Timestamp: z";
    let old = "AADSTS700016: Application with identifier 'x' was not found.\r\nTrace ID: t\r\nCorrelation ID: c\r\nTimestamp: z";
    for description in [new, old] {
        let body = json!({"error": "unauthorized_client", "error_description": description, "error_codes": [700_016],
            "trace_id": "t", "correlation_id": "c"});
        let error = error_of(exchange(Service::SignIn), 400, body.to_string().as_bytes(), String::new(), &HeaderMap::new());
        assert_eq!(
            error.to_string(),
            "signing in failed: AADSTS700016: Application with identifier 'x' was not found. (trace id t, correlation id c)"
        );
        assert!(!error.is_not_found());
    }
}

#[test]
fn sentences() {
    let body = json!({"error": {"code": "Request_BadRequest", "message": "No.", "innerError": {"request-id": "inner"}}}).to_string();
    assert_eq!(
        read(400, body.as_bytes()).to_string(),
        "Microsoft Graph answered POST /groups with 400 Request_BadRequest: No. (request id inner)"
    );
    let error = error_of(exchange(Service::Arm), 502, b"", "header".to_owned(), &HeaderMap::new());
    assert_eq!(
        error.to_string(),
        "Azure Resource Manager answered POST /groups with 502: the answer has no body (Bad Gateway) (request id header)"
    );
    let error = Error::Network(Box::new(NetworkError {
        exchange: Exchange { ambiguous: true, ..exchange(Service::Graph) },
        host: "graph.microsoft.com".to_owned(),
        trouble: Trouble::Certificate,
        text: "invalid peer certificate: UnknownIssuer".to_owned(),
    }));
    let sentence = error.to_string();
    assert!(sentence.contains("SSL_CERT_FILE") && sentence.contains("UnknownIssuer"), "{sentence}");
    assert!(sentence.ends_with("Whether the service did what was asked is not known."), "{sentence}");
    let ended = Error::Deadline(Some(Box::new(graph(503, "A", "B"))));
    assert!(ended.to_string().starts_with("the time for this operation is over; the last try failed: Microsoft Graph"), "{ended}");
    assert_eq!((ended.is_ended(), ended.code()), (true, "A"));
}

const GONE: &str = "Resource 'abc' does not exist or one of its queried reference-property objects are not present.";
const EXISTS: &str = "One or more added object references already exist for the following modified properties: 'members'.";
const NICKNAME: &str = "Another object with the same value for property mailNickname already exists.";

/// The names of the questions that an error answers with yes.
fn yes(error: &Error) -> String {
    let predicates = [
        (error.is_not_found(), "not_found"),
        (error.is_reference_exists(), "reference_exists"),
        (error.is_reference_missing(), "reference_missing"),
        (error.is_duplicate_property("mailNickname"), "duplicate"),
        (error.is_quota(), "quota"),
        (error.is_forbidden(), "forbidden"),
        (error.is_throttled(), "throttled"),
        (error.is_not_yet_there(), "not_yet_there"),
        (error.is_expired_page(), "expired_page"),
        (error.is_unauthenticated(), "unauthenticated"),
    ];
    predicates.iter().filter(|(yes, _)| *yes).map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
}

#[test]
fn predicates() {
    let rows = [
        (404, "Request_ResourceNotFound", GONE, "not_found reference_missing not_yet_there"),
        (404, "ResourceNotFound", "ConditionalAccessPolicy with id x does not exist in the directory.", "not_found not_yet_there"),
        (404, "ResourceGroupNotFound", "", "not_found not_yet_there"),
        (404, "SubscriptionNotFound", "", ""),
        (404, "", "", ""),
        (400, "Request_BadRequest", EXISTS, "reference_exists"),
        (400, "Request_BadRequest", GONE, "reference_missing not_yet_there"),
        (
            404,
            "Request_ResourceNotFound",
            "One or more removed object references do not exist",
            "not_found reference_missing not_yet_there",
        ),
        (400, "Request_BadRequest", NICKNAME, "duplicate"),
        (403, "Directory_QuotaExceeded", "Unable to perform operation as '121' would exceed", "quota"),
        (400, "RoleAssignmentLimitExceeded", "No more role assignments can be created", "quota"),
        (403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.", "forbidden"),
        (403, "AuthorizationFailed", "The client does not have authorization", "forbidden"),
        (429, "TooManyRequests", "", "throttled"),
        (400, "PrincipalNotFound", "Principal x does not exist in the directory y.", "not_yet_there"),
        (404, "SubjectNotFound", "The subject is not found.", "not_found not_yet_there"),
        (400, "SubjectNotFound", "The subject is not found.", "not_yet_there"),
        (400, "Request_BadRequest", "One or more property values specified are invalid.", "not_yet_there"),
        (400, "BadRequest", "1040: NamedLocation with id x does not exist in the directory.", "not_yet_there"),
        (400, "BadRequest", "1000: AuthenticationStrengthPolicy with id x does not exist in the directory.", "not_yet_there"),
        (400, "BadRequest", "1054: Invalid group value: x.", ""),
        (
            401,
            "Authorization_IdentityNotFound",
            "The identity of the calling application could not be established.",
            "not_yet_there unauthenticated",
        ),
        (401, "InvalidAuthenticationToken", "Access token is empty.", "unauthenticated"),
        (400, "Directory_ExpiredPageToken", "", "expired_page"),
        (409, "RoleAssignmentExists", "The role assignment already exists.", ""),
        (500, "", "An error has occurred.", ""),
    ];
    for (status, code, message, expected) in rows {
        assert_eq!(yes(&graph(status, code, message)), expected, "{status} {code} {message}");
    }
    // What a proxy says is nobody's answer.
    assert_eq!(yes(&read(403, b"<html></html>")), "");
    assert_eq!(yes(&read(404, b"")), "");
}

/// Every answer that is no success is of one class, by its status and by whether the code is the service's own.
#[test]
fn failures_are_of_one_class() {
    let class = |error: &Error| {
        let classes = [
            (error.is_denied(), "denied"),
            (error.is_rejected(), "rejected"),
            (error.is_not_found(), "not found"),
            (error.is_throttled(), "throttled"),
            (error.is_server_error(), "server"),
        ];
        classes.iter().filter(|(yes, _)| *yes).map(|(_, name)| *name).collect::<Vec<_>>().join(" and ")
    };
    for (status, code, expected) in [
        (400, "Request_BadRequest", "rejected"),
        (401, "InvalidAuthenticationToken", "denied"),
        (403, "AuthorizationFailed", "denied"),
        (403, "Directory_QuotaExceeded", "rejected"),
        (403, "", "server"),
        (404, "Request_ResourceNotFound", "not found"),
        (404, "SubscriptionNotFound", "rejected"),
        (404, "", "server"),
        (405, "MethodNotAllowed", "rejected"),
        (408, "RequestTimeout", "server"),
        (409, "Conflict", "rejected"),
        (410, "Gone", "rejected"),
        (412, "PreconditionFailed", "rejected"),
        (422, "Unprocessable", "rejected"),
        (429, "TooManyRequests", "throttled"),
        (500, "InternalServerError", "server"),
        (501, "NotImplemented", "server"),
        (502, "", "server"),
        (503, "ServiceUnavailable", "server"),
        (504, "GatewayTimeout", "server"),
    ] {
        assert_eq!(class(&graph(status, code, "")), expected, "{status} {code}");
    }
    // What got no answer is none of these.
    assert_eq!(class(&Error::Deadline(None)), "");
}

#[test]
fn properties_are_named() {
    let rows = [
        ("A value is required for property 'securityEnabled' of resource 'Group'.", Some("securityEnabled")),
        ("Invalid value specified for property 'mailNickname' of resource 'Group'.", Some("mailNickname")),
        (NICKNAME, Some("mailNickname")),
        (EXISTS, Some("members")),
        ("The domain portion of the userPrincipalName property is invalid. You must use one of", Some("userPrincipalName")),
        ("The specified password does not comply with password complexity requirements.", Some("passwordProfile")),
        ("A password must be specified to create a new user.", Some("passwordProfile")),
        ("would exceed the maximum quota count '100' for forward-link 'owners'.", Some("owners")),
        ("Insufficient privileges to complete the operation.", None),
        ("for property '", None),
        ("for property 'Not-one' of", None),
    ];
    for (message, target) in rows {
        assert_eq!(graph(400, "Request_BadRequest", message).target(), target, "{message}");
    }
}

#[test]
fn details_name_the_property_and_the_other_object() {
    let body = json!({"error": {"code": "Request_BadRequest", "message": "Conflict.", "details": [
        {"code": "ConflictingObjects", "message": "m", "target": "Group_1234"},
        {"code": "ObjectConflict", "message": "m", "target": "mailNickname"},
    ]}});
    let error = read(400, body.to_string().as_bytes());
    assert_eq!(error.target(), Some("mailNickname"));
    assert_eq!(error.conflicting_object(), Some(("Group", "1234")));
    assert!(error.is_duplicate_property("mailNickname"));
    assert!(!error.is_duplicate_property("displayName"));
    assert_eq!(graph(404, "Request_ResourceNotFound", GONE).missing_object(), Some("abc"));
    assert_eq!(graph(404, "Request_ResourceNotFound", "no").missing_object(), None);
}

#[test]
fn answers_about_role_assignments() {
    let id = "0f1e2d3c-0000-4000-8000-00000000abcd";
    let exists = |rest: &str| graph(409, "RoleAssignmentExists", &format!("The role assignment already exists.{rest}"));
    let error = exists(" The ID of the existing role assignment is 0f1e2d3c00004000800000000000abcd.");
    assert_eq!(error.existing_assignment().unwrap().to_string(), id);
    assert!(exists("").is_assignment_exists() && exists("").existing_assignment().is_none());
    for status in [400, 409] {
        let taken = graph(
            status,
            "RoleAssignmentUpdateNotPermitted",
            "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
        );
        assert!(taken.is_assignment_taken() && !taken.is_assignment_exists());
    }
    let missing = graph(400, "PrincipalNotFound", "Principal 0f1e2d3c00004000800000000000abcd does not exist in the directory x.");
    assert!(missing.is_principal_missing() && missing.is_not_yet_there());
}

#[test]
fn refusals_of_arm_name_action_and_scope() {
    let refused = |code: &str, message: &str| {
        let error = graph(403, code, message);
        error.denied().map(|(action, scope)| (action.to_owned(), scope.to_owned()))
    };
    let write = "Microsoft.Authorization/roleAssignments/write";
    let plain = format!(
        "The client 'a' with object id 'b' does not have authorization to perform action '{write}' over scope '/subscriptions/s' or the scope is invalid."
    );
    assert_eq!(refused("AuthorizationFailed", &plain), Some((write.to_owned(), "/subscriptions/s".to_owned())));
    let linked = format!(
        "The client 'a' with object id 'b' has permission to perform action 'x/write' on scope '/s'; however, it does not have permission to \
         perform action '{write}' on the linked scope(s) '/t' or the linked scope(s) are invalid."
    );
    assert_eq!(refused("LinkedAuthorizationFailed", &linked), Some((write.to_owned(), "/t".to_owned())));
    let elsewhere = format!(
        "The client has permission to perform action '{write}' on scope '/s', however the current tenant 't' is not authorized to access linked \
         subscription 'u'."
    );
    assert_eq!(refused("LinkedAuthorizationFailed", &elsewhere), None);
    assert_eq!(graph(403, "LinkedAuthorizationFailed", &elsewhere).linked_subscription(), Some("u"));
    assert_eq!(graph(403, "LinkedAuthorizationFailed", &linked).linked_subscription(), None);
    assert_eq!(refused("AuthorizationFailed", "No."), None);
}

#[test]
fn answers_about_clusters() {
    let pending = "Operation is not allowed: Another operation (Updating) is in progress, please wait for it to finish before starting a new operation.";
    let busy = read(409, json!({"code": "OperationNotAllowed", "message": pending, "details": null, "subcode": ""}).to_string().as_bytes());
    assert!(busy.is_busy() && !busy.is_stale());
    let stale = read(409, json!({"code": "EtagMismatch", "message": "x", "subcode": "EtagMismatch"}).to_string().as_bytes());
    assert!(stale.is_stale() && !stale.is_busy());
}

/// What somebody else, or a configuration, makes as long as they like.
#[test]
fn long_texts_are_cut() {
    let long = "x".repeat(100_000);
    let host = Error::Network(Box::new(NetworkError {
        exchange: exchange(Service::Graph),
        host: long.clone(),
        trouble: Trouble::Name,
        text: String::new(),
    }));
    let mut headers = HeaderMap::new();
    headers.insert(reqwest::header::LOCATION, long.parse().unwrap());
    let redirect = error_of(exchange(Service::Graph), 302, b"", String::new(), &headers);
    let page = read(500, format!("<html><title>{long}</title>").as_bytes());
    for error in [host, redirect, page, read(400, long.as_bytes()), graph(400, "code", &long)] {
        let text = error.to_string();
        assert!(text.chars().count() < 2_500, "{} characters", text.chars().count());
    }
    assert_eq!(quoted("a\u{1b}b"), r#""a\u{1b}b""#);
    assert_eq!(quoted(&long), format!("{:?}… (100000 characters)", "x".repeat(100)));
}
