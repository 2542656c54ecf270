//! Where the plugin listens: a Unix socket that no other user can reach, or a port of the loopback interface on Windows.
//!
//! Without TLS (which a user may turn off, and which debugging never has) anybody who reaches the socket can use the provider with its credentials. So
//! the socket is in a new directory that only its owner may enter.

use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::{env, io};

use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

use super::failure::Failure;

/// Settings of the socket that the host program passes in the environment.
#[derive(Debug)]
pub(super) struct SocketSettings {
    /// Absent: the directory for temporary files.
    #[cfg_attr(not(unix), allow(dead_code, reason = "there are no Unix sockets"))]
    directory: Option<PathBuf>,
    /// Name or number of a group whose members may connect too.
    #[cfg_attr(not(unix), allow(dead_code, reason = "there are no Unix sockets"))]
    group: Option<String>,
    /// First and last port to try where there are no Unix sockets.
    #[cfg_attr(unix, allow(dead_code, reason = "used on Windows, and in tests"))]
    ports: (u16, u16),
}

impl SocketSettings {
    pub fn from_environment() -> Result<Self, Failure> {
        Self::from_variables(|name| env::var_os(name))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Failure> {
        let given = |name| variable(name).filter(|value| !value.is_empty());
        let port = |name| match given(name) {
            None => Ok(0),
            Some(value) => {
                let value = value.to_string_lossy();
                value.parse::<u16>().map_err(|_| Failure::Ports(format!("{name}={value}")))
            }
        };
        Ok(Self {
            directory: given("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            group: given("PLUGIN_UNIX_SOCKET_GROUP").map(|name| name.to_string_lossy().into_owned()),
            ports: (port("PLUGIN_MIN_PORT")?, port("PLUGIN_MAX_PORT")?),
        })
    }

    /// Listens there. Must be called on a runtime.
    pub async fn bind(&self) -> Result<Socket, Failure> {
        #[cfg(unix)]
        return unix::bind(self.directory.as_deref(), self.group.as_deref());
        #[cfg(not(unix))]
        return loopback(self.ports).await;
    }
}

/// How the address is named to the host program.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Address {
    /// `unix` or `tcp`.
    pub network: &'static str,
    /// A path, or IP address and port.
    pub text: String,
}

/// A bound listener, its address, and what has to be removed in the end.
pub(super) struct Socket {
    pub listener: Listener,
    pub address: Address,
    pub files: Files,
}

pub(super) enum Listener {
    #[cfg(unix)]
    Unix(UnixListener),
    #[cfg_attr(unix, allow(dead_code, reason = "made on Windows, and in tests"))]
    Tcp(TcpListener),
}

/// Removes the socket and its directory when dropped, on every way out of the process but SIGKILL.
#[derive(Debug, Default)]
pub(super) struct Files {
    socket: PathBuf,
    directory: PathBuf,
}

impl Drop for Files {
    fn drop(&mut self) {
        for removed in [std::fs::remove_file(&self.socket), std::fs::remove_dir(&self.directory)] {
            if let Err(error) = removed
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::debug!(directory = %self.directory.display(), "the socket was not removed: {error}");
            }
        }
    }
}

/// The first free port of the range, on the loopback interface; 0 to 0 lets the system choose.
#[cfg_attr(unix, allow(dead_code, reason = "used on Windows, and in tests"))]
async fn loopback((min, max): (u16, u16)) -> Result<Socket, Failure> {
    let mut last = io::Error::from(io::ErrorKind::InvalidInput);
    for port in min..=max {
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        match bound.and_then(|listener| Ok((listener.local_addr()?, listener))) {
            Ok((address, listener)) => {
                return Ok(Socket {
                    listener: Listener::Tcp(listener),
                    address: Address { network: "tcp", text: address.to_string() },
                    files: Files::default(),
                });
            }
            Err(error) => last = error,
        }
    }
    Err(Failure::NoPort { min, max, source: last })
}

#[cfg(unix)]
mod unix {
    use std::fs::{DirBuilder, Permissions, set_permissions};
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
    use std::path::Path;

    use super::*;

    /// A socket's path has at most this many bytes: 104 with the terminating zero on macOS, 108 on Linux (docs/terraform-protocol.md#handshake).
    const MAX_PATH_BYTES: usize = 103;

    pub fn bind(directory: Option<&Path>, group: Option<&str>) -> Result<Socket, Failure> {
        let gid = group.map(group_id).transpose()?;
        // The first 48 bits of such an id are random.
        let own = format!("plugin-{:012x}", uuid::Uuid::new_v4().as_u128() >> 80);
        let parent = match directory {
            Some(directory) => directory.to_owned(),
            // A long TMPDIR is the user's right, and no reason to fail.
            None => [env::temp_dir(), PathBuf::from("/tmp")]
                .into_iter()
                .find(|parent| announceable(&parent.join(&own).join("s")).is_ok())
                .unwrap_or_else(env::temp_dir),
        };
        let directory = std::path::absolute(parent).map(|parent| parent.join(own));
        let directory = directory.map_err(|source| Failure::Socket { path: PathBuf::new(), source })?;
        let path = directory.join("s");
        let text = announceable(&path)?.to_owned();

        let listen = || {
            DirBuilder::new().mode(0o700).create(&directory)?;
            // From here on the directory is removed, whatever happens.
            let files = Files { socket: path.clone(), directory: directory.clone() };
            let listener = UnixListener::bind(&path)?;
            set_permissions(&path, Permissions::from_mode(0o600))?;
            if let Some(gid) = gid {
                chown(&path, None, Some(gid))?;
                set_permissions(&path, Permissions::from_mode(0o660))?;
                // Its members pass through the directory; they need not list it.
                chown(&directory, None, Some(gid))?;
                set_permissions(&directory, Permissions::from_mode(0o710))?;
            }
            Ok((listener, files))
        };
        let (listener, files) = listen().map_err(|source| Failure::Socket { path: path.clone(), source })?;
        Ok(Socket { listener: Listener::Unix(listener), address: Address { network: "unix", text }, files })
    }

    /// The path as the handshake line and the system can take it.
    fn announceable(path: &Path) -> Result<&str, Failure> {
        let refuse = |reason| Failure::SocketPath { path: path.to_owned(), reason };
        let text = path.to_str().ok_or_else(|| refuse("it is not UTF-8"))?;
        if text.len() > MAX_PATH_BYTES {
            Err(refuse("it is longer than 103 bytes"))
        } else if text.contains(['|', '\n', '\r']) {
            Err(refuse("it holds a bar or a line break"))
        } else {
            Ok(text)
        }
    }

    /// The number of a group, given as number or as name in `/etc/group`.
    fn group_id(group: &str) -> Result<u32, Failure> {
        let named = || {
            let groups = std::fs::read_to_string("/etc/group").ok()?;
            groups.lines().find_map(|line| {
                let mut fields = line.split(':');
                let (name, _password, gid) = (fields.next()?, fields.next()?, fields.next()?);
                if name == group { gid.parse().ok() } else { None }
            })
        };
        group.parse().ok().or_else(named).ok_or_else(|| Failure::Group(group.to_owned()))
    }

    #[cfg(test)]
    mod tests {
        #![allow(clippy::unwrap_used, reason = "tests may panic")]

        use std::fs;
        use std::os::unix::fs::MetadataExt;

        use super::*;

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).unwrap().mode() & 0o777
        }

        #[tokio::test]
        async fn only_the_owner_reaches_the_socket_and_nothing_stays() {
            let parent = tempfile::tempdir_in("/tmp").unwrap();
            let socket = bind(Some(parent.path()), None).unwrap();
            let path = PathBuf::from(&socket.address.text);
            assert!(path.starts_with(parent.path()) && path.parent() != Some(parent.path()), "{path:?}");
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(path.parent().unwrap()), 0o700);
            drop(socket);
            assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
        }

        #[tokio::test]
        async fn a_group_may_reach_it_too() {
            let parent = tempfile::tempdir_in("/tmp").unwrap();
            // Anybody may give a file to a group of their own.
            let gid = fs::metadata(parent.path()).unwrap().gid();
            let socket = bind(Some(parent.path()), Some(&gid.to_string())).unwrap();
            let path = PathBuf::from(&socket.address.text);
            assert_eq!(mode(&path), 0o660);
            assert_eq!(mode(path.parent().unwrap()), 0o710);
            assert_eq!(fs::metadata(&path).unwrap().gid(), gid);
        }

        #[test]
        fn groups_have_names_or_numbers() {
            assert_eq!(group_id("4711").unwrap(), 4711);
            assert!(matches!(group_id("no such group"), Err(Failure::Group(_))));
            let groups = fs::read_to_string("/etc/group").unwrap();
            let mut first = groups.lines().next().unwrap().split(':');
            let name = first.next().unwrap();
            assert_eq!(group_id(name).unwrap(), first.nth(1).unwrap().parse::<u32>().unwrap());
        }

        #[tokio::test]
        async fn a_path_that_cannot_be_announced_is_refused_and_leaves_nothing() {
            let parent = tempfile::tempdir_in("/tmp").unwrap();
            for name in ["x".repeat(100), "a|b".to_owned(), "a\nb".to_owned()] {
                let directory = parent.path().join(name);
                fs::create_dir(&directory).unwrap();
                assert!(matches!(bind(Some(&directory), None), Err(Failure::SocketPath { .. })));
                assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[tokio::test]
    async fn loopback_takes_the_first_free_port() {
        let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(matches!(loopback((port, port)).await, Err(Failure::NoPort { .. })));

        let socket = loopback((port, port.saturating_add(20))).await.unwrap();
        assert_eq!(socket.address.network, "tcp");
        let (host, bound) = socket.address.text.rsplit_once(':').unwrap();
        assert_eq!(host, "127.0.0.1");
        assert!(bound.parse::<u16>().unwrap() > port);
    }

    #[test]
    fn ports_come_from_the_environment() {
        let place = |min: &'static str| {
            SocketSettings::from_variables(move |name| match name {
                "PLUGIN_MIN_PORT" => Some(min.into()),
                "PLUGIN_MAX_PORT" => Some("25000".into()),
                _ => None,
            })
        };
        assert_eq!(place("10000").unwrap().ports, (10000, 25000));
        assert!(matches!(place("ten"), Err(Failure::Ports(_))));
    }
}
