//! Lists of a group that the configuration manages as a whole, of which a resource of another kind may manage a single element.

use framework::{Change, Diagnostics};

use super::Group;
use crate::directory::Part;
use crate::resources::membership::managed_both_ways;
use crate::services::Services;

/// The lists of which other resources manage single elements.
const LISTS: [&str; 2] = ["owners", "administrative_unit_ids"];

/// The lists that a group which is to be created manages.
pub(super) fn lists(group: &Group) -> Vec<&'static str> {
    let managed = [group.owners.is_some(), group.administrative_unit_ids.is_some()];
    LISTS.into_iter().zip(managed).filter_map(|(list, is_managed)| is_managed.then_some(list)).collect()
}

/// Notes which lists a group manages that was created in this run: the plan did not know its id.
pub(super) fn created(id: &str, lists: &[&'static str], api: &Services) {
    for list in lists {
        api.directory().manages_list(list, id, Part::Whole, false);
    }
}

/// Refuses a list of which a resource of this configuration manages a single element.
pub(super) fn conflicts(change: Change<'_>, api: &Services, found: &mut Diagnostics) {
    let Some(id) = change.planned.get::<String>("id").filter(|id| !id.is_empty()) else { return };
    for list in LISTS.into_iter().filter(|list| change.config.is_set(list)) {
        if api.directory().manages_list(list, &id, Part::Whole, change.touches(list)) {
            found.add(managed_both_ways(list, &id).at_attribute(list));
        }
    }
}
