//! A test for each resource, data source, ephemeral resource and function of the provider.

use aksaccess_provider::provider::Aksaccess;
use framework::Provider;

/// Defines a test for each row of the provider's tables, named `resource::user` and so on, which calls the function with the row's folder in
/// `examples/` and its name. The names are written down, because a test needs a name when it is compiled; [`no_row_is_left_out`] compares them.
macro_rules! for_each_row {
    ($check:path, resources) => {
        crate::rows::for_each_row! { $check, resource, "resources":
            administrative_unit_member authentication_context authentication_strength_policy cluster_aad_profile conditional_access_policy group
            group_member group_members group_owner named_location pim_group_assignment pim_group_eligibility pim_group_policy pim_role_assignment
            pim_role_eligibility pim_role_policy role_assignment user }
    };
    ($check:path) => {
        crate::rows::for_each_row! { $check, resources }
        crate::rows::for_each_row! { $check, data_source, "data-sources":
            authentication_context authentication_strength_policy client_config cluster cluster_access conditional_access_evaluation conditional_access_policies group groups named_location pim_activation_requests
            pim_group_assignments pim_group_eligibilities pim_group_policy pim_role_assignments pim_role_eligibilities pim_role_policy resource_group role_assignments role_definition service_principal
            sign_ins user users }
        crate::rows::for_each_row! { $check, ephemeral_resource, "ephemeral-resources": cluster_credentials pim_group_activation }
    };
    ($check:path, $kind:ident, $folder:literal: $($name:ident)*) => {
        mod $kind {
            $(#[test] fn $name() { $check($folder, stringify!($name)); })*

            /// Each of these, so that none is left out.
            #[test]
            fn no_row_is_left_out() {
                assert_eq!(crate::rows::names($folder), [$(stringify!($name)),*]);
            }
        }
    };
}
pub(crate) use for_each_row;

/// The names of all rows of a table in alphabetical order, by its folder in `examples/`.
pub fn names(folder: &str) -> Vec<&'static str> {
    let mut names: Vec<&str> = match folder {
        "resources" => aksaccess_provider::resources::table().iter().map(|entry| entry.name).collect(),
        "data-sources" => aksaccess_provider::data_sources::table().iter().map(|entry| entry.name).collect(),
        "ephemeral-resources" => Aksaccess::ephemeral().iter().map(|entry| entry.name).collect(),
        "list-resources" => Aksaccess::list_resources().iter().map(|entry| entry.name).collect(),
        "actions" => Aksaccess::actions().iter().map(|entry| entry.name).collect(),
        "functions" => Aksaccess::functions().iter().map(|entry| entry.name).collect(),
        other => panic!("there is no folder {other}"),
    };
    names.sort_unstable();
    names
}
