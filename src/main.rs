//! The provider plugin. Terraform starts it; by hand it explains itself.

fn main() -> std::process::ExitCode {
    framework::serve::<aksaccess_provider::Aksaccess>(&aksaccess_provider::ABOUT)
}
