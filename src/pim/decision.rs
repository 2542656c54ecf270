//! What to ask of Privileged Identity Management: a pure function of what is there and what is wanted.
//!
//! Every change is a request. A second assignment of what is assigned already is refused, so what changes an assignment
//! that is in force, prolongs it, or brings back one that has ended goes by names of its own (docs/services/pim.md#actions).

use jiff::{SignedDuration, Timestamp};

/// When a grant ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Never.
    Never,
    /// So long after it began.
    After(SignedDuration),
    /// Then.
    At(Timestamp),
}

/// A grant as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CurrentGrant {
    /// It does not exist: never created, or removed.
    Absent,
    /// It reached its end.
    Expired,
    /// It is there, or will be when its time has come.
    There {
        /// When it begins or began.
        start: Timestamp,
        /// When it ends; none if never.
        end: Option<Timestamp>,
    },
}

/// What a grant shall be, and what of that is new.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DesiredGrant {
    /// When it begins; none is at once.
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: End,
    /// The end is another than before.
    pub(crate) new_end: bool,
    /// The start is another than before.
    pub(crate) new_start: bool,
    /// Justification or ticket are others than before.
    pub(crate) new_reason: bool,
    /// It shall last for its duration once more, beginning now.
    pub(crate) renew: bool,
}

/// Graph's names; ARM's have a capital letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Assign,
    Update,
    Extend,
    Renew,
    Remove,
    Activate,
    Deactivate,
}

impl Action {
    /// As Microsoft Graph spells it.
    pub(crate) fn graph(self) -> &'static str {
        match self {
            Action::Assign => "adminAssign",
            Action::Update => "adminUpdate",
            Action::Extend => "adminExtend",
            Action::Renew => "adminRenew",
            Action::Remove => "adminRemove",
            Action::Activate => "selfActivate",
            Action::Deactivate => "selfDeactivate",
        }
    }

    /// As Azure Resource Manager spells it.
    pub(crate) fn arm(self) -> &'static str {
        match self {
            Action::Assign => "AdminAssign",
            Action::Update => "AdminUpdate",
            Action::Extend => "AdminExtend",
            Action::Renew => "AdminRenew",
            Action::Remove => "AdminRemove",
            Action::Activate => "SelfActivate",
            Action::Deactivate => "SelfDeactivate",
        }
    }
}

/// What is to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ScheduleRequest {
    pub(crate) action: Action,
    pub(crate) start: Timestamp,
    pub(crate) end: End,
}

impl ScheduleRequest {
    /// When what is asked ends; none if never.
    pub(crate) fn end_instant(&self) -> Option<Timestamp> {
        end_of(self.start, self.end)
    }
}

/// Tolerance for a start in the past: the clock of the service has whole seconds, its records fractions of them.
const TICK: SignedDuration = SignedDuration::from_secs(2);

/// Whether what begins then is still to begin.
pub(crate) fn is_to_come(start: Timestamp, now: Timestamp) -> bool {
    start.duration_since(now) > TICK
}

/// When something ends that begins then; none if never.
pub(crate) fn end_of(start: Timestamp, end: End) -> Option<Timestamp> {
    match end {
        End::Never => None,
        End::At(end) => Some(end),
        End::After(length) => start.checked_add(length).ok(),
    }
}

/// What makes of what is there what is wanted; none if nothing has to be asked.
///
/// A duration counts from the request that asks for it, because the service moves the start of whatever is asked to the instant at which it is done
/// (docs/services/pim.md#objects-and-life-cycle).
pub(crate) fn decide(current: CurrentGrant, wanted: DesiredGrant, now: Timestamp) -> Option<ScheduleRequest> {
    let future = wanted.start.filter(|start| *start > now);
    let begin = future.unwrap_or(now);
    match current {
        CurrentGrant::Absent => Some(ScheduleRequest { action: Action::Assign, start: begin, end: wanted.end }),
        CurrentGrant::Expired => {
            let again = wanted.new_end || wanted.new_start;
            again.then_some(ScheduleRequest { action: Action::Renew, start: begin, end: wanted.end })
        }
        CurrentGrant::There { start, end } => {
            // What has begun has begun: a start that has passed is no difference.
            let moved = wanted.new_start && (future.is_some() || is_to_come(start, now));
            if moved {
                return Some(ScheduleRequest { action: Action::Update, start: begin, end: wanted.end });
            }
            // What has not begun yet keeps its beginning.
            let begin = begin.max(start);
            if wanted.new_end || wanted.renew {
                let asked = ScheduleRequest { action: Action::Update, start: begin, end: wanted.end };
                let longer = matches!((end, asked.end_instant()), (Some(before), Some(after)) if after > before);
                return Some(if longer { ScheduleRequest { action: Action::Extend, ..asked } } else { asked });
            }
            // The same schedule once more, to the very end that it has, with another reason.
            wanted.new_reason.then(|| ScheduleRequest { action: Action::Update, start: begin, end: end.map_or(End::Never, End::At) })
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn day(day: i64) -> Timestamp {
        "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(24 * day)
    }

    fn days(days: i64) -> End {
        End::After(SignedDuration::from_hours(24 * days))
    }

    const SAME: DesiredGrant =
        DesiredGrant { start: None, end: End::Never, new_end: false, new_start: false, new_reason: false, renew: false };

    /// On the tenth day, with something that began on the first.
    #[test]
    fn table() {
        use Action::{Assign, Extend, Renew, Update};
        let there = |end: Option<i64>| CurrentGrant::There { start: day(1), end: end.map(day) };
        let later = |end: Option<i64>| CurrentGrant::There { start: day(20), end: end.map(day) };
        let ends = |end: End| DesiredGrant { end, new_end: true, ..SAME };
        let asked = |action, start, end| Some(ScheduleRequest { action, start: day(start), end });
        let rows: [(&str, CurrentGrant, DesiredGrant, Option<ScheduleRequest>); 22] = [
            ("made", CurrentGrant::Absent, ends(days(30)), asked(Assign, 10, days(30))),
            ("made for later", CurrentGrant::Absent, DesiredGrant { start: Some(day(15)), ..ends(days(30)) }, asked(Assign, 15, days(30))),
            (
                "a start that has passed is now",
                CurrentGrant::Absent,
                DesiredGrant { start: Some(day(5)), ..ends(days(30)) },
                asked(Assign, 10, days(30)),
            ),
            ("taken away by somebody", CurrentGrant::Absent, SAME, asked(Assign, 10, End::Never)),
            ("nothing new", there(Some(40)), DesiredGrant { end: days(39), ..SAME }, None),
            ("nothing new, permanent", there(None), SAME, None),
            ("longer by duration", there(Some(40)), ends(days(60)), asked(Extend, 10, days(60))),
            ("longer by date", there(Some(40)), ends(End::At(day(50))), asked(Extend, 10, End::At(day(50)))),
            ("shorter by duration", there(Some(40)), ends(days(5)), asked(Update, 10, days(5))),
            ("shorter by date", there(Some(40)), ends(End::At(day(20))), asked(Update, 10, End::At(day(20)))),
            ("to permanent", there(Some(40)), ends(End::Never), asked(Update, 10, End::Never)),
            ("from permanent", there(None), ends(days(30)), asked(Update, 10, days(30))),
            ("renewed", there(Some(11)), DesiredGrant { end: days(30), renew: true, ..SAME }, asked(Extend, 10, days(30))),
            (
                "another reason, with an end",
                there(Some(40)),
                DesiredGrant { end: days(39), new_reason: true, ..SAME },
                asked(Update, 10, End::At(day(40))),
            ),
            ("another reason, permanent", there(None), DesiredGrant { new_reason: true, ..SAME }, asked(Update, 10, End::Never)),
            ("a new start that has passed", there(None), DesiredGrant { start: Some(day(5)), new_start: true, ..SAME }, None),
            ("put off", there(None), DesiredGrant { start: Some(day(15)), new_start: true, ..SAME }, asked(Update, 15, End::Never)),
            ("put forward", later(None), DesiredGrant { start: None, new_start: true, ..SAME }, asked(Update, 10, End::Never)),
            (
                "longer before it began",
                later(Some(40)),
                DesiredGrant { start: Some(day(20)), ..ends(days(30)) },
                asked(Extend, 20, days(30)),
            ),
            ("expired and left alone", CurrentGrant::Expired, DesiredGrant { end: days(30), new_reason: true, renew: true, ..SAME }, None),
            ("expired and changed", CurrentGrant::Expired, ends(days(30)), asked(Renew, 10, days(30))),
            (
                "expired and for later",
                CurrentGrant::Expired,
                DesiredGrant { start: Some(day(15)), new_start: true, end: days(3), ..SAME },
                asked(Renew, 15, days(3)),
            ),
        ];
        for (what, current, wanted, expected) in rows {
            assert_eq!(decide(current, wanted, day(10)), expected, "{what}");
        }
    }
}
