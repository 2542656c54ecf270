//! Ephemeral resources as Terraform opens and closes them.

use secrecy::SecretString;

use super::*;
use crate::Ephemeral;

/// Something that is lent.
#[derive(Model)]
pub(super) struct Loan {
    /// Of what.
    of: String,
    /// How much.
    #[attr(default(3))]
    amount: i64,
    /// What opens it.
    #[attr(output)]
    key: Option<SecretString>,
}

impl Ephemeral for Loan {
    type Api = Api;
    const NAME: &'static str = "loan";
    const SUBCATEGORY: &'static str = "Machines";

    async fn open(&mut self, cx: &mut Context<Api>) -> diagnostic::Result {
        if self.of == "refused" {
            return Err(Diagnostic::error("Refused", "No.").at_attribute("of"));
        }
        self.key = Some(SecretString::from(format!("{} x {}", self.amount, self.of)));
        cx.api.store.lock().unwrap().insert("lent".to_owned(), (self.of.clone(), None));
        cx.remember("lent", &self.of);
        Ok(())
    }

    async fn close(cx: &mut Context<Api>) -> diagnostic::Result {
        let lent: Option<String> = cx.recall("lent");
        let back = cx.api.store.lock().unwrap().remove("lent");
        if back.map(|(of, _)| of) == lent { Ok(()) } else { Err(Diagnostic::error("Something else was lent", "Keep it.")) }
    }
}

fn loan(of: &str) -> Value {
    Value::object([("of", Value::from(of)), ("amount", Value::Null), ("key", Value::Null), ("timeouts", Value::Null)])
}

#[tokio::test]
async fn what_is_opened_is_given_and_closed_by_what_was_remembered() {
    let server = works().await;
    let of = server.ephemeral_type("works_loan").unwrap();
    let config = Some(to_wire(&loan("book"), &of).unwrap());
    let validate = proto::validate_ephemeral_resource_config::Request { type_name: "works_loan".to_owned(), config: config.clone() };
    let validated = server.validate_ephemeral_resource_config(Request::new(validate)).await.unwrap().into_inner();
    assert_eq!(validated.diagnostics, vec![]);
    let open = proto::open_ephemeral_resource::Request { type_name: "works_loan".to_owned(), config, ..Default::default() };
    let opened = server.open_ephemeral_resource(Request::new(open)).await.unwrap().into_inner();
    let result = from_wire(opened.result.as_ref(), &of).unwrap();
    assert_eq!((result.attribute("amount"), result.attribute("key")), (&Value::from(3), &Value::from("3 x book")));
    assert_eq!(opened.renew_at, None);
    for lent in [0, 1] {
        let close = proto::close_ephemeral_resource::Request { type_name: "works_loan".to_owned(), private: opened.private.clone() };
        let closed = server.close_ephemeral_resource(Request::new(close)).await.unwrap().into_inner();
        assert_eq!(closed.diagnostics.len(), lent, "the second time nothing is lent");
    }
}

#[tokio::test]
async fn what_cannot_be_opened_says_why() {
    let server = works().await;
    let of = server.ephemeral_type("works_loan").unwrap();
    for (type_name, summary) in [("works_loan", "Refused"), ("works_gift", "There is no ephemeral resource works_gift")] {
        let config = Some(to_wire(&loan("refused"), &of).unwrap());
        let open = proto::open_ephemeral_resource::Request { type_name: type_name.to_owned(), config, ..Default::default() };
        let opened = server.open_ephemeral_resource(Request::new(open)).await.unwrap().into_inner();
        assert_eq!((summaries(&opened.diagnostics), opened.result), (vec![summary], None));
    }
}
