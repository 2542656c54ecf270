//! A schedule or an instance, as both services write it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use uuid::Uuid;

use crate::attributes::duration;

/// One grant in a listing.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The service's id: of a schedule it is another after every change.
    pub id: String,
    /// The last part of the id in Azure Resource Manager; the id in Microsoft Graph.
    pub name: String,
    /// Who has it.
    pub principal: Uuid,
    /// `member` or `owner` of a group; the GUID of a role, in lower case.
    pub subject: String,
    /// The scope, in lower case; the group's id.
    pub area: String,
    /// Given at this scope and to this principal itself, not through a group or a scope above.
    pub direct: bool,
    /// Whether it is the activation of an eligibility.
    pub activated: bool,
    /// When it begins.
    pub start: Option<Timestamp>,
    /// When it ends; none if never.
    pub end: Option<Timestamp>,
    /// How long it lasts, if it was given by a length.
    pub length: Option<SignedDuration>,
    /// Where it stands, such as `Provisioned`; instances of groups have none.
    pub status: String,
    /// The request that last shaped it, or of an instance its schedule.
    pub request: Option<String>,
    /// What narrows an Azure role, and the version of its language.
    pub condition: Option<(String, String)>,
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Row::read(&value).ok_or_else(|| serde::de::Error::custom("a schedule lacks its id or its principal"))
    }
}

/// Text of a property; empty if there is none.
fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

fn optional(value: &Value, name: &str) -> Option<String> {
    Some(text(value, name)).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The instant in a property.
pub(crate) fn instant(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

impl Row {
    fn read(value: &Value) -> Option<Self> {
        // ARM wraps everything but id and name.
        let inner = if value["properties"].is_object() { &value["properties"] } else { value };
        let id = text(value, "id");
        let info = &inner["scheduleInfo"];
        let expiration = &info["expiration"];
        let start = instant(&info["startDateTime"]).or_else(|| instant(&inner["startDateTime"]));
        let length = expiration["duration"].as_str().and_then(duration::parse);
        let end = instant(&expiration["endDateTime"])
            .or_else(|| instant(&inner["endDateTime"]))
            .or_else(|| start.zip(length).and_then(|(start, length)| start.checked_add(length).ok()));
        let role = text(inner, "roleDefinitionId").rsplit('/').next().unwrap_or_default();
        let subject = if role.is_empty() { text(inner, "accessId") } else { role };
        let area = if role.is_empty() { text(inner, "groupId") } else { text(inner, "scope") };
        let request = [
            "createdUsing",
            "assignmentScheduleId",
            "eligibilityScheduleId",
            "roleAssignmentScheduleId",
            "roleEligibilityScheduleId",
            "roleAssignmentScheduleRequestId",
            "roleEligibilityScheduleRequestId",
        ];
        let name = text(value, "name");
        let name = if name.is_empty() { id } else { name };
        (!id.is_empty()).then_some(())?;
        Some(Row {
            id: id.to_owned(),
            name: name.to_owned(),
            principal: Uuid::parse_str(text(inner, "principalId")).ok()?,
            subject: subject.to_lowercase(),
            area: area.to_lowercase(),
            direct: matches!(text(inner, "memberType").to_lowercase().as_str(), "direct" | ""),
            activated: text(inner, "assignmentType").eq_ignore_ascii_case("activated"),
            start,
            end,
            length,
            status: text(inner, "status").to_owned(),
            request: request.into_iter().map(|name| text(inner, name)).find(|id| !id.is_empty()).map(str::to_owned),
            condition: optional(inner, "condition").zip(optional(inner, "conditionVersion")),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use serde_json::json;

    use super::*;

    const PRINCIPAL: &str = "00000000-0000-4000-8000-000000000001";

    #[test]
    fn both_services_say_the_same() {
        let graph = json!({
            "id": "g_member_r", "principalId": PRINCIPAL, "accessId": "member", "groupId": "G", "memberType": "Direct", "status": "Provisioned",
            "createdUsing": "r",
            "scheduleInfo": {"startDateTime": "2026-01-01T00:00:00Z", "expiration": {"type": "afterDuration", "duration": "P1D", "endDateTime": null}},
        });
        let arm = json!({
            "id": "/subscriptions/s/providers/Microsoft.Authorization/roleEligibilitySchedules/n", "name": "n",
            "properties": {
                "principalId": PRINCIPAL, "roleDefinitionId": "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/ABC",
                "scope": "/subscriptions/S", "memberType": "Inherited", "status": "Provisioned",
                "startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2026-01-02T00:00:00Z",
            },
        });
        let (graph, arm): (Row, Row) = (serde_json::from_value(graph).unwrap(), serde_json::from_value(arm).unwrap());
        assert_eq!((graph.start, graph.end), (arm.start, arm.end));
        assert_eq!((graph.subject.as_str(), graph.area.as_str(), graph.direct, graph.request.as_deref()), ("member", "g", true, Some("r")));
        assert_eq!((arm.subject.as_str(), arm.area.as_str(), arm.direct, arm.name.as_str()), ("abc", "/subscriptions/s", false, "n"));
    }
}
