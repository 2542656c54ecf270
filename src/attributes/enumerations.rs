//! Words of enumerations that several resources have, and their other names: those of the portal, of other tools and of everyday language.

use framework::schema::Check;
use framework::schema::check::one_of_with_synonyms;

/// What becomes of an object that can be deleted for a while or for good.
pub fn delete_or_purge() -> Check {
    one_of_with_synonyms(
        &["delete", "purge"],
        &[
            ("destroy", "delete"),
            ("remove", "delete"),
            ("recycle", "delete"),
            ("hard_delete", "purge"),
            ("permanently_delete", "purge"),
            ("delete_permanently", "purge"),
            ("permanent", "purge"),
        ],
    )
}

/// What becomes of settings that cannot be deleted.
pub fn reset_or_keep() -> Check {
    one_of_with_synonyms(
        &["reset", "keep"],
        &[("default", "reset"), ("restore", "reset"), ("revert", "reset"), ("leave", "keep"), ("retain", "keep"), ("abandon", "keep")],
    )
}
