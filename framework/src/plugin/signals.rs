//! Signals. A terminal's Ctrl-C reaches the plugin too, since it shares Terraform's process group: as a plugin it ignores it,
//! or the apply in flight would be lost; Terraform calls StopProvider (docs/terraform-protocol.md#handshake and docs/terraform-protocol.md#stopping).

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC, ctrl_c};

/// Once made, signals no longer end the process by themselves.
#[cfg(unix)]
pub(super) struct Signals {
    interrupt: Signal,
    hangup: Signal,
    terminate: Signal,
}

#[cfg(unix)]
impl Signals {
    /// Must be called on a runtime with its drivers on.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for a signal that ends a plugin: SIGTERM. A closed terminal (SIGHUP) is Terraform's affair as Ctrl-C is: under
    /// `nohup` it goes on, and if it dies, the plugin notices.
    pub async fn plugin_ends(&mut self) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => tracing::debug!("SIGINT ignored"),
                _ = self.hangup.recv() => tracing::debug!("SIGHUP ignored"),
                _ = self.terminate.recv() => return,
            }
        }
    }

    /// Waits for a signal that ends a run by hand.
    pub async fn interrupted_by_user(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.hangup.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Once made, Ctrl-C no longer ends the process.
#[cfg(windows)]
pub(super) struct Signals {
    interrupt: CtrlC,
}

#[cfg(windows)]
impl Signals {
    /// Must be called on a runtime with its drivers on.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: ctrl_c()? })
    }

    /// Waits for ever: there is no SIGTERM.
    pub async fn plugin_ends(&mut self) {
        loop {
            self.interrupt.recv().await;
            tracing::debug!("Ctrl-C ignored");
        }
    }

    /// Waits for Ctrl-C.
    pub async fn interrupted_by_user(&mut self) {
        self.interrupt.recv().await;
    }
}
