//! Log levels. Terraform filters, too; lines that it would drop are not written.

use tracing_subscriber::filter::{LevelFilter, Targets};

use super::DefaultLevel;
use crate::plugin::about::About;

/// The level that the environment asks for: the provider's own variable before that of all providers before that of all.
pub(super) fn requested(about: &About, variable: impl Fn(&str) -> Option<String>) -> Option<LevelFilter> {
    let own = format!("TF_LOG_PROVIDER_{}", about.local_name().to_uppercase().replace('-', "_"));
    let text = [own.as_str(), "TF_LOG_PROVIDER", "TF_LOG"].into_iter().filter_map(variable).find(|text| !text.is_empty())?;
    Some(match text.to_uppercase().as_str() {
        "DEBUG" => LevelFilter::DEBUG,
        "INFO" => LevelFilter::INFO,
        "WARN" => LevelFilter::WARN,
        "ERROR" => LevelFilter::ERROR,
        "OFF" => LevelFilter::OFF,
        // JSON means TRACE, and so does to Terraform whatever it does not understand.
        _ => LevelFilter::TRACE,
    })
}

/// Our own crates at the level asked for, all others at warnings. At TRACE the others log more, but never at their finest level:
/// those lines hold headers and bodies, and with them tokens and secrets.
pub(super) fn filter(about: &About, asked: Option<LevelFilter>, default: DefaultLevel) -> Targets {
    let own = asked.unwrap_or(match default {
        DefaultLevel::Silent => LevelFilter::OFF,
        DefaultLevel::Warnings => LevelFilter::WARN,
    });
    let others = match own {
        LevelFilter::TRACE => LevelFilter::INFO,
        level => level.min(LevelFilter::WARN),
    };
    let this = env!("CARGO_CRATE_NAME");
    Targets::new().with_default(others).with_target(this, own).with_targets(about.crates.iter().map(|name| (*name, own)))
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    const ABOUT: About = About {
        name: "terraform-provider-two-words",
        address: "registry.terraform.io/x/two-words",
        version: "1.0.0",
        crates: &["two_words"],
    };

    fn requested_by(variables: &[(&str, &str)]) -> Option<LevelFilter> {
        requested(&ABOUT, |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_nearest_variable_wins() {
        assert_eq!(requested_by(&[]), None);
        assert_eq!(requested_by(&[("TF_LOG", "")]), None);
        assert_eq!(requested_by(&[("TF_LOG", "info")]), Some(LevelFilter::INFO));
        assert_eq!(requested_by(&[("TF_LOG", "JSON")]), Some(LevelFilter::TRACE));
        assert_eq!(requested_by(&[("TF_LOG", "loud")]), Some(LevelFilter::TRACE));
        assert_eq!(requested_by(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "WARN")]), Some(LevelFilter::WARN));
        assert_eq!(requested_by(&[("TF_LOG_PROVIDER", "WARN"), ("TF_LOG_PROVIDER_TWO_WORDS", "OFF")]), Some(LevelFilter::OFF));
        assert_eq!(requested_by(&[("TF_LOG_PROVIDER", ""), ("TF_LOG", "ERROR")]), Some(LevelFilter::ERROR));
        assert_eq!(requested_by(&[("TF_LOG_CORE", "TRACE")]), None);
    }

    #[test]
    fn strangers_never_say_their_finest() {
        let enabled = |asked, target: &str, level| filter(&ABOUT, asked, DefaultLevel::Silent).would_enable(target, &level);
        let trace = Some(LevelFilter::TRACE);
        assert!(enabled(trace, "two_words::azure", Level::TRACE));
        assert!(enabled(trace, "framework::plugin", Level::TRACE));
        assert!(enabled(trace, "h2::codec", Level::INFO));
        assert!(!enabled(trace, "h2::codec", Level::DEBUG));
        let debug = Some(LevelFilter::DEBUG);
        assert!(enabled(debug, "two_words", Level::DEBUG));
        assert!(enabled(debug, "reqwest", Level::WARN));
        assert!(!enabled(debug, "reqwest", Level::INFO));
        assert!(!enabled(Some(LevelFilter::ERROR), "reqwest", Level::WARN));
        assert!(!enabled(None, "two_words", Level::ERROR));
        assert!(filter(&ABOUT, None, DefaultLevel::Warnings).would_enable("two_words", &Level::WARN));
    }
}
