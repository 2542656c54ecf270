//! Files and folders that only the user who runs the emulator can read, whatever the umask is.
//!
//! On systems without Unix permissions they get what the system gives them.

use std::{fs, io, path::Path};

/// Creates a folder with the mode 0700, and the folders above it as the system does. A folder that exists keeps its permissions, unless it is
/// empty or `is_own` says that it belongs to the emulator.
pub fn create_folder(path: &Path, is_own: impl FnOnce(&Path) -> bool) -> io::Result<()> {
    if path.is_dir() {
        return if is_own(path) || fs::read_dir(path)?.next().is_none() { restrict(path, 0o700) } else { Ok(()) };
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent)?;
    }
    match create_dir(path) {
        // Another process created it in the meantime.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
        created => created?,
    }
    restrict(path, 0o700)
}

/// Opens a file to read and write it. It is created with the mode 0600, and one that exists gets this mode.
pub fn open_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    restrict(path, 0o600)?;
    Ok(file)
}

/// Writes a new file with the mode 0600.
///
/// # Errors
///
/// Also if there is a file.
pub fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    io::Write::write_all(&mut options.open(path)?, content)
}

fn create_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)] // tests may panic

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn folders_of_other_things_keep_their_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["empty", "own", "other"] {
            fs::create_dir(path(name)).unwrap();
            restrict(&path(name), 0o755).unwrap();
        }
        fs::write(path("own/tenant.redb"), "").unwrap();
        fs::write(path("other/notes.txt"), "").unwrap();
        for (name, expected) in [("new/below", 0o700), ("empty", 0o700), ("own", 0o700), ("other", 0o755)] {
            create_folder(&path(name), |path| path.join("tenant.redb").exists()).unwrap();
            assert_eq!(mode(&path(name)), expected, "{name}");
        }
        assert!(create_folder(&path("own/tenant.redb"), |_| true).is_err());
    }

    #[test]
    fn files_are_private_also_when_they_were_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tenant.redb");
        fs::write(&path, "kept").unwrap();
        restrict(&path, 0o644).unwrap();
        drop(open_file(&path).unwrap());
        assert_eq!((mode(&path), fs::read_to_string(&path).unwrap()), (0o600, "kept".to_owned()));
        drop(open_file(&folder.path().join("new")).unwrap());
        assert_eq!(mode(&folder.path().join("new")), 0o600);
        assert!(write_new(&path, b"replaced").is_err());
    }
}
