//! The plugin as Terraform sees it: `examples/echo_provider.rs` and `examples/blocks_provider.rs` as a process of its own, its socket, its signals, its log.
//!
//! A whole `cargo test` builds the example; before `cargo test --test plugin`, run `cargo build --examples`.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

mod blocks;
mod client;
mod life;
mod logs;
mod process;
mod start;
mod terraform;
mod tls;
