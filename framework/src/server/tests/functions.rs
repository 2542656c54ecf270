//! Functions as Terraform calls them.

use super::*;
use crate::Function;

/// Makes a label.
///
/// Of two parts.
#[derive(Model)]
pub(super) struct Label {
    /// The first part.
    #[attr(check(length(1, 5)))]
    first: String,
    /// The second part.
    second: Option<String>,
}

/// What the label is made of.
#[derive(Model)]
pub(super) struct Labelled {
    /// The label.
    label: String,
    /// How long it is.
    length: i64,
}

impl Function for Label {
    const NAME: &'static str = "label";
    type Output = Labelled;

    fn call(self) -> diagnostic::Result<Labelled> {
        if self.second.as_deref() == Some("bad") {
            return Err(Diagnostic::error("Not a good part", "Choose another.").at_attribute("second"));
        }
        let label = format!("{}-{}", self.first, self.second.as_deref().unwrap_or("none"));
        let length = i64::try_from(label.len()).unwrap();
        Ok(Labelled { label, length })
    }
}

async fn call(name: &str, arguments: &[Value]) -> proto::call_function::Response {
    let arguments = arguments.iter().map(|argument| to_wire(argument, &Type::String).unwrap()).collect();
    let request = proto::call_function::Request { name: name.to_owned(), arguments };
    // Terraform calls functions of a process that is not configured.
    let server = Server::<Works>::new(Lifecycle { shutdown: CancellationToken::new(), handlers: Default::default() });
    server.call_function(Request::new(request)).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_function_gives_its_result_or_names_the_argument() {
    let answer = call("label", &[Value::from("a"), Value::Null]).await;
    let result = from_wire(answer.result.as_ref(), &Labelled::object().ty()).unwrap();
    assert_eq!(result, Value::object([("label", Value::from("a-none")), ("length", Value::from(6))]));
    for (arguments, argument, text) in [
        ([Value::from("a"), Value::from("bad")], Some(1), "Not a good part: Choose another."),
        ([Value::from(""), Value::Null], Some(0), "have 1 to 5 characters"),
    ] {
        let answer = call("label", &arguments).await;
        let error = answer.error.unwrap();
        assert_eq!((answer.result, error.function_argument), (None, argument));
        assert!(error.text.contains(text), "{}", error.text);
    }
    assert_eq!(call("table", &[]).await.error.unwrap().function_argument, None);
    assert!(call("label", &[]).await.error.is_some(), "arguments that are missing");
}

#[tokio::test]
async fn the_signature_is_the_declaration() {
    let schema = works().await.get_provider_schema(Request::new(Default::default())).await.unwrap().into_inner();
    let label = &schema.functions["label"];
    let parameters: Vec<_> = label.parameters.iter().map(|of| (of.name.as_str(), of.allow_null_value, of.description.as_str())).collect();
    assert_eq!(parameters, [("first", false, "The first part."), ("second", true, "The second part.")]);
    assert_eq!(label.summary, "Makes a label.");
    assert_eq!(label.r#return.as_ref().unwrap().r#type, br#"["object",{"label":"string","length":"number"}]"#);
}
