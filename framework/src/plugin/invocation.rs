//! How the program was started. The magic cookie in the environment, not a flag, distinguishes a start as a plugin from a start by hand.

use std::env;
use std::ffi::OsString;

use super::about::About;

/// Not a secret: it marks a start by a program that speaks the plugin protocol (docs/terraform-protocol.md#handshake).
const COOKIE_NAME: &str = "TF_PLUGIN_MAGIC_COOKIE";
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

#[derive(Debug, PartialEq)]
pub(super) enum Invocation {
    /// By Terraform.
    Plugin,
    /// `--debug`: serve until Ctrl-C, for `TF_REATTACH_PROVIDERS`.
    Debug,
    Version,
    Help,
    /// Without the cookie and without arguments.
    ByHand,
    /// With something that it does not understand.
    Unknown(String),
}

impl Invocation {
    pub fn of_this_process() -> Self {
        Self::of(env::args_os().skip(1).collect(), env::var_os(COOKIE_NAME))
    }

    fn of(arguments: Vec<OsString>, cookie: Option<OsString>) -> Self {
        // Terraform passes no arguments: a start with arguments is one by hand, with or without the cookie.
        let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
        match words.join(" ").as_str() {
            "" if cookie.is_some_and(|value| value == COOKIE) => Self::Plugin,
            "" => Self::ByHand,
            "--debug" | "-debug" => Self::Debug,
            "--version" | "-version" => Self::Version,
            "--help" | "-help" | "-h" => Self::Help,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

/// What this program is and how to use it.
pub(super) fn explanation(about: &About) -> String {
    let About { name, version, .. } = about;
    let (local, source) = (about.local_name(), about.source());
    format!(
        r#"{name} {version} is a Terraform provider: a plugin that Terraform or OpenTofu starts.
To use it, name it in a configuration and run `terraform init` there:

    terraform {{
      required_providers {{
        {local} = {{
          source = "{source}"
        }}
      }}
    }}

Options, for people:
    --debug     serve until Ctrl-C, and print the variable TF_REATTACH_PROVIDERS that makes Terraform use this process
    --version   print name and version
    --help      print this text"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &[&str], cookie: Option<&str>) -> Invocation {
        Invocation::of(arguments.iter().map(OsString::from).collect(), cookie.map(OsString::from))
    }

    #[test]
    fn cookie_and_arguments_decide() {
        for (arguments, cookie, wanted) in [
            (&[][..], Some(COOKIE), Invocation::Plugin),
            (&[], None, Invocation::ByHand),
            (&[], Some(""), Invocation::ByHand),
            (&[], Some("d602"), Invocation::ByHand),
            (&["--version"], None, Invocation::Version),
            (&["--help"], None, Invocation::Help),
            (&["-h"], Some(COOKIE), Invocation::Help),
            (&["--debug"], None, Invocation::Debug),
            (&["--debug"], Some(COOKIE), Invocation::Debug),
            (&["plan"], Some(COOKIE), Invocation::Unknown("plan".into())),
            (&["--debug", "--loud"], None, Invocation::Unknown("--debug --loud".into())),
        ] {
            assert_eq!(of(arguments, cookie), wanted, "{arguments:?} {cookie:?}");
        }
    }
}
