//! `aksaccess emulator`: a local tenant, alone or for the duration of a command.

use std::{
    io::{self, IsTerminal},
    net::SocketAddr,
    path::PathBuf,
    process::ExitStatus,
    time::Duration,
};

use clap::{Args, Subcommand, ValueEnum};
use tokio::process::{Child, Command as Process};

use crate::failure::Failure;
use crate::terminal::{message, print_verbatim};

/// What can be done with an emulator.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve a tenant until interrupted. Prints the environment that leads clients to it as `export` lines.
    Start {
        /// Address and port to listen at.
        #[arg(long, default_value = "127.0.0.1:8443")]
        listen: SocketAddr,
        #[command(flatten)]
        tenant: Tenant,
    },
    /// Start a tenant on a free port, run a command with the environment set, and return the command's exit code.
    Exec {
        /// Address and port to listen at; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        #[command(flatten)]
        tenant: Tenant,
        /// The command and its arguments, after `--`.
        #[arg(last = true, required = true, value_name = "COMMAND")]
        command: Vec<String>,
    },
}

/// How the tenant behaves.
#[derive(Debug, Args)]
pub struct Tenant {
    /// Keep the tenant in this folder: everything that was acknowledged survives. Without it the tenant lives in memory.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Start with what this JSON file describes, beside what every tenant has: users, groups, resource_groups, clusters and
    /// role_assignments. With --data it counts only when the folder is new.
    // It was called `--tenant` first.
    #[arg(long, value_name = "FILE", alias = "tenant")]
    seed: Option<PathBuf>,
    /// How the tenant behaves in time.
    #[arg(long, value_enum, default_value_t = Profile::Instant)]
    profile: Profile,
    /// How long every answer takes at least, as in 50ms.
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = duration)]
    latency: Duration,
    /// What every choice that looks like chance is made from.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    random_seed: u64,
    /// What goes wrong on purpose: WHEN METHOD PATH EFFECT, separated by semicolons, as in
    /// "2 POST /v1.0/groups status=503; 1% * * any".
    #[arg(long, value_name = "SPEC")]
    faults: Option<String>,
    /// Append every exchange to this file, one JSON line each. Secrets are left out.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Turn a behaviour that is not certain on or off, as in security-groups-are-soft-deleted=off. A wrong name lists all
    /// of them.
    #[arg(long, value_name = "NAME=on|off", value_parser = switch)]
    switch: Vec<(String, bool)>,
}

/// `name=on` or `name=off`.
fn switch(text: &str) -> Result<(String, bool), String> {
    let (name, on) = match text.split_once('=') {
        Some((name, "on")) => (name, true),
        Some((name, "off")) => (name, false),
        _ => return Err("a switch is NAME=on or NAME=off".into()),
    };
    emulator::Switches::default().turn(name, on)?;
    Ok((name.to_owned(), on))
}

/// How a tenant behaves in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Profile {
    /// Everything is so as soon as it is said.
    Instant,
    /// Like the real services: replication lags, and too many requests are throttled.
    Realistic,
}

/// `50ms`, `2s`, or an ISO 8601 duration.
fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text.parse().map_err(|error| format!("{error}"))?;
    Duration::try_from(span).map_err(|_| "it must not be negative".into())
}

impl Tenant {
    fn options(self, listen: SocketAddr) -> Result<emulator::Options, Failure> {
        if !listen.ip().is_loopback() {
            message(format_args!(
                "aksaccess: warning: {listen} can be reached from other machines, and everybody knows the emulator's client secret"
            ));
        }
        // A number it was once.
        if let Some(seed) = self.seed.as_ref().filter(|seed| seed.to_string_lossy().parse::<u64>().is_ok() && !seed.exists()) {
            return Err(Failure::new(format!(
                "--seed takes a file, and there is none called {0}: did you mean --random-seed {0}?",
                seed.display()
            )));
        }
        let mut switches = emulator::Switches::default();
        for (name, on) in &self.switch {
            switches.turn(name, *on).map_err(Failure::new)?;
        }
        Ok(emulator::Options {
            switches,
            listen,
            data: self.data,
            seed_file: self.seed,
            profile: match self.profile {
                Profile::Instant => emulator::Profile::Instant,
                Profile::Realistic => emulator::Profile::Realistic,
            },
            seed: self.random_seed,
            latency: self.latency,
            faults: self.faults,
            record: self.record,
            // This very program signs kubectl in.
            token_plugin: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("aksaccess")),
            ..emulator::Options::default()
        })
    }
}

impl Command {
    /// Does it. The number is the exit code.
    pub async fn run(self) -> Result<u8, Failure> {
        match self {
            Self::Start { listen, tenant } => start(tenant.options(listen)?).await,
            Self::Exec { listen, tenant, command } => exec(tenant.options(listen)?, &command).await,
        }
    }
}

async fn running(options: emulator::Options) -> Result<emulator::Running, Failure> {
    emulator::start(options).await.map_err(|error| Failure::new(error.to_string()))
}

async fn start(options: emulator::Options) -> Result<u8, Failure> {
    let running = running(options).await?;
    // Before anybody can know that it runs, so that no signal is lost in between.
    let mut signals = Signals::new()?;
    let export = |(name, value): (_, String)| format!("export {name}='{}'\n", value.replace('\'', r"'\''"));
    print_verbatim(&running.environment().into_iter().map(export).collect::<String>())?;
    signals.next().await;
    running.stop().await;
    Ok(0)
}

async fn exec(options: emulator::Options, command: &[String]) -> Result<u8, Failure> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(Failure::new("no command was given"));
    };
    let running = running(options).await?;
    // Before the command exists, so that no signal is lost in between.
    let mut signals = Signals::new()?;
    let child = Process::new(program).args(arguments).envs(running.environment()).spawn();
    let mut child = child.map_err(|error| Failure::new(format!("cannot run {program}: {error}")))?;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            signal = signals.next() => signal.forward_to(&child),
        }
    };
    running.stop().await;
    let status = status.map_err(|error| Failure::new(format!("cannot wait for {program}: {error}")))?;
    Ok(code(status))
}

/// The exit code of a command, as a shell says it: 128 and the signal's number for one that was killed.
#[cfg(unix)]
fn code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    u8::try_from(code).unwrap_or(1)
}

#[cfg(not(unix))]
fn code(status: ExitStatus) -> u8 {
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// The signals that ask a program to end.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

/// A signal that the process received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReceivedSignal {
    /// Ctrl-C.
    Interrupt,
    /// A request to end.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix has it"))]
    Terminate,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let catch = |kind| signal(kind).map_err(|error| Failure::new(format!("cannot catch signals: {error}")));
        Ok(Self { interrupt: catch(SignalKind::interrupt())?, terminate: catch(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> ReceivedSignal {
        tokio::select! {
            _ = self.interrupt.recv() => ReceivedSignal::Interrupt,
            _ = self.terminate.recv() => ReceivedSignal::Terminate,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Result<Self, Failure> {
        Ok(Self)
    }

    async fn next(&mut self) -> ReceivedSignal {
        let _ = tokio::signal::ctrl_c().await;
        ReceivedSignal::Interrupt
    }
}

impl ReceivedSignal {
    /// Forwards the signal to the command, unless it received it already: a terminal sends Ctrl-C to both, and a second one would
    /// mean "at once" to programs like Terraform.
    #[cfg(unix)]
    fn forward_to(self, child: &Child) {
        use rustix::process::{Pid, Signal, kill_process};
        let signal = match self {
            Self::Interrupt if io::stdin().is_terminal() => return,
            Self::Interrupt => Signal::INT,
            Self::Terminate => Signal::TERM,
        };
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(id) = id {
            // It may have ended just now.
            let _ = kill_process(id, signal);
        }
    }

    #[cfg(not(unix))]
    fn forward_to(self, _: &Child) {}
}
