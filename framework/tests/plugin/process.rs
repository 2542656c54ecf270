//! The example as a child process.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::mpsc;

pub const COOKIE: (&str, &str) = ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// Ends a test that would hang; nothing is measured with it.
pub const HANG: Duration = Duration::from_secs(20);

/// The executable of the example that most tests use.
pub fn program() -> PathBuf {
    example("echo_provider")
}

/// An example's executable, which lies beside the tests'.
pub fn example(name: &str) -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let program = here.ancestors().nth(2).unwrap().join("examples").join(name);
    let built = std::fs::metadata(&program).and_then(|built| built.modified()).ok();
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = newest(&crate_root.join("src")).max(newest(&crate_root.join("examples")));
    // Cargo builds it for a whole `cargo test`, and not for `cargo test --test plugin`.
    assert!(built >= sources, "{} is missing or old: run `cargo build --examples`", program.display());
    program
}

/// When anything in a directory was changed last.
fn newest(directory: &Path) -> Option<SystemTime> {
    let times = std::fs::read_dir(directory).unwrap().map(|entry| {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() { newest(&entry.path()) } else { entry.metadata().and_then(|file| file.modified()).ok() }
    });
    times.max().flatten()
}

/// The example, to be started with an environment that says nothing of plugins.
pub fn command() -> Command {
    cleaned(program())
}

/// Any program, likewise. It dies with the test.
pub fn cleaned(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("TF_") || name.starts_with("PLUGIN_") {
            command.env_remove(name);
        }
    }
    command.env_remove("RUST_BACKTRACE").kill_on_drop(true).stdin(Stdio::null());
    command
}

/// The example, to be started as Terraform does.
pub fn plugin_command() -> Command {
    let mut command = command();
    command.env(COOKIE.0, COOKIE.1).env("PLUGIN_PROTOCOL_VERSIONS", "6,5");
    command
}

/// What a program says that ends by itself.
pub async fn output(command: &mut Command) -> Output {
    tokio::time::timeout(HANG, command.output()).await.expect("the program hangs").unwrap()
}

/// A running plugin that has written its handshake line.
pub struct Plugin {
    pub child: Child,
    pub line: String,
    stdout: BufReader<ChildStdout>,
    stderr: mpsc::UnboundedReceiver<String>,
}

/// What is left of a plugin that has ended.
pub struct Ended {
    pub status: ExitStatus,
    /// What came after the handshake line.
    pub stdout: String,
    pub stderr: String,
}

impl Plugin {
    pub async fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = lines_of(child.stderr.take().unwrap());
        let mut line = String::new();
        tokio::time::timeout(HANG, stdout.read_line(&mut line)).await.expect("no line comes").unwrap();
        if !line.ends_with('\n') {
            let said = rest(&mut stderr).await;
            panic!("no handshake line but {line:?}; {said}");
        }
        Self { child, line, stdout, stderr }
    }

    /// The fields of the handshake line.
    pub fn fields(&self) -> Vec<&str> {
        self.line.trim_end_matches('\n').split('|').collect()
    }

    pub fn socket(&self) -> PathBuf {
        PathBuf::from(self.fields()[3])
    }

    pub fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// The next line of standard error.
    pub async fn stderr_line(&mut self) -> String {
        let line = tokio::time::timeout(HANG, self.stderr.recv()).await;
        line.expect("no line comes").expect("standard error has ended")
    }

    /// Waits for the end, and checks that the socket and its directory are gone.
    pub async fn ended(mut self) -> Ended {
        let socket = self.socket();
        let (mut stdout, mut stderr) = (String::new(), String::new());
        let end = async {
            self.stdout.read_to_string(&mut stdout).await.unwrap();
            stderr = rest(&mut self.stderr).await;
            self.child.wait().await.unwrap()
        };
        let status = tokio::time::timeout(HANG, end).await.expect("the plugin does not end");
        assert!(!socket.exists() && !socket.parent().unwrap().exists(), "{} is left", socket.display());
        Ended { status, stdout, stderr }
    }
}

/// The lines of a stream, read as they come: a full pipe would stop the process that writes.
fn lines_of(stream: impl AsyncRead + Send + Unpin + 'static) -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            // The test may have heard enough.
            let _ = sender.send(line);
        }
    });
    receiver
}

/// All lines that are still to come.
async fn rest(lines: &mut mpsc::UnboundedReceiver<String>) -> String {
    let mut text = String::new();
    while let Some(line) = lines.recv().await {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// Sends a signal by its name.
pub async fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &pid.to_string()]).status().await.unwrap();
    assert!(sent.success());
}
