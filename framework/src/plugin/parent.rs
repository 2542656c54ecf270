//! Detects that the host program has exited. A killed Terraform does not call Shutdown, and the plugin would run on as an orphan.

/// The process that started this one.
///
/// Only Unix can be asked. Whether the parent is still the same is all that counts: process 1 is an ordinary parent in a
/// container whose entry point is Terraform.
pub(super) struct Parent {
    #[cfg(unix)]
    id: u32,
}

#[cfg(unix)]
impl Parent {
    /// How long an orphan goes unnoticed at most.
    const POLL_INTERVAL: std::time::Duration = std::time::Duration::from_millis(250);

    pub fn now() -> Self {
        Self { id: std::os::unix::process::parent_id() }
    }

    /// Waits until the parent has ended.
    pub async fn exited(&self) {
        while std::os::unix::process::parent_id() == self.id {
            tokio::time::sleep(Self::POLL_INTERVAL).await;
        }
    }
}

#[cfg(not(unix))]
impl Parent {
    pub fn now() -> Self {
        Self {}
    }

    /// Waits for ever.
    pub async fn exited(&self) {
        std::future::pending().await
    }
}
