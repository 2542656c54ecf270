//! Tokens that are kept between calls, because a person would have to sign in for each: files that only the user can read.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::login::Token;
use crate::failure::Failure;

/// A folder of tokens.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The folder, or the usual one: `~/.kube/cache/aksaccess`.
    pub fn in_folder(folder: Option<PathBuf>) -> Result<Self, Failure> {
        let home = || env::var_os("HOME").or_else(|| env::var_os("USERPROFILE")).map(PathBuf::from);
        let folder = folder.or_else(|| home().map(|home| home.join(".kube").join("cache").join("aksaccess")));
        let folder = folder.ok_or_else(|| Failure::new("there is no home folder to keep tokens in: name one with --token-cache-dir"))?;
        Ok(Self { folder })
    }

    /// The token that was kept under a name, whether it is good or not.
    pub fn get(&self, name: &str) -> Option<Token> {
        let text = fs::read_to_string(self.file(name)).ok()?;
        let kept: Value = serde_json::from_str(&text).ok()?;
        let text = |name: &str| kept.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Token { access: text("access_token")?, expires: kept.get("expires_on")?.as_i64()?, refresh: text("refresh_token") })
    }

    /// Keeps a token. That it cannot be kept is no reason to refuse it: the next call asks again.
    pub fn write(&self, name: &str, token: &Token) {
        let text = json!({"access_token": token.access, "expires_on": token.expires, "refresh_token": token.refresh}).to_string();
        if let Err(error) = self.write_file(name, &text) {
            crate::terminal::message(format_args!(
                "aksaccess: the token is not kept for the next call: {}: {error}",
                self.folder.display()
            ));
        }
    }

    /// Forgets all tokens: removes the files that hold one, and the folder if nothing else is in it. Links are neither followed nor removed.
    pub fn clear(&self) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::new(format!("cannot remove the tokens in {}: {error}", self.folder.display()));
        if fs::symlink_metadata(&self.folder).is_ok_and(|found| found.is_symlink()) {
            let folder = self.folder.display();
            return Err(Failure::new(format!(
                "{folder} is a link, which is not followed: name the folder that it leads to with --token-cache-dir"
            )));
        }
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(failed)?,
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let is_small_file = entry.file_type().map_err(failed)?.is_file() && entry.metadata().map_err(failed)?.len() <= LONGEST_TOKEN;
            if is_small_file && is_token(&entry.path()) {
                fs::remove_file(entry.path()).map_err(failed)?;
            }
        }
        // It stays if something else is in it.
        _ = fs::remove_dir(&self.folder);
        Ok(())
    }

    fn write_file(&self, name: &str, text: &str) -> io::Result<()> {
        create_private(&self.folder)?;
        // Private from the beginning, and whole or not at all: several kubectls may be at it.
        let mut draft = tempfile::NamedTempFile::new_in(&self.folder)?;
        draft.write_all(text.as_bytes())?;
        draft.persist(self.file(name)).map(drop).map_err(|error| error.error)
    }

    fn file(&self, name: &str) -> PathBuf {
        let safe: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
        self.folder.join(format!("{safe}.json"))
    }
}

/// More than a file with a token has, in bytes.
const LONGEST_TOKEN: u64 = 1 << 20;

/// Creates a folder that only the user can enter, whatever the umask is, and those around it. One that is there stays as it is.
fn create_private(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        create_private(parent)?;
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        // Another kubectl was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => return Ok(()),
        created => created?,
    }
    // A umask may have taken bits away from the user as well.
    #[cfg(unix)]
    fs::set_permissions(folder, <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o700))?;
    Ok(())
}

/// Whether a file is one that [`Cache::write`] has written.
fn is_token(path: &Path) -> bool {
    let is_ours =
        |kept: Value| kept.get("access_token").is_some() && kept.get("expires_on").is_some() && kept.get("refresh_token").is_some();
    path.extension().is_some_and(|extension| extension == "json")
        && fs::read(path).ok().and_then(|text| serde_json::from_slice(&text).ok()).is_some_and(is_ours)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)] // tests may panic

    use super::*;

    #[test]
    fn what_was_put_is_there_until_it_is_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::in_folder(Some(folder.path().join("tokens"))).unwrap();
        assert_eq!(cache.get("a"), None);
        let token = Token { access: "a".into(), expires: 5, refresh: Some("r".into()) };
        cache.write("https://x/a", &token);
        assert_eq!(cache.get("https://x/a"), Some(token));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = fs::read_dir(folder.path().join("tokens")).unwrap().next().unwrap().unwrap();
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "nobody else can read it");
            let folder = folder.path().join("tokens").metadata().unwrap();
            assert_eq!(folder.permissions().mode() & 0o777, 0o700, "nobody else can replace it");
        }
        cache.clear().unwrap();
        assert_eq!(cache.get("https://x/a"), None);
        cache.clear().unwrap();
    }

    #[test]
    fn what_is_no_token_of_ours_stays() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = folder.path().join("tokens");
        let cache = Cache::in_folder(Some(tokens.clone())).unwrap();
        cache.write("ours", &Token { access: "a".into(), expires: 5, refresh: None });
        let others = [("notes.txt", "x"), ("other.json", "{\"access_token\": 1}"), ("broken.json", "{"), ("config", "")];
        for (name, text) in others {
            fs::write(tokens.join(name), text).unwrap();
        }
        fs::create_dir(tokens.join("folder.json")).unwrap();
        #[cfg(unix)]
        {
            let outside = folder.path().join("outside.json");
            fs::write(&outside, json!({"access_token": "b", "expires_on": 1, "refresh_token": null}).to_string()).unwrap();
            std::os::unix::fs::symlink(&outside, tokens.join("link.json")).unwrap();
        }
        fs::write(tokens.join("large.json"), vec![b' '; usize::try_from(LONGEST_TOKEN).unwrap() + 1]).unwrap();
        cache.clear().unwrap();
        assert_eq!(cache.get("ours"), None);
        assert!(tokens.join("large.json").exists());
        #[cfg(unix)]
        {
            let (elsewhere, link) = (folder.path().join("elsewhere"), folder.path().join("link"));
            let there = Cache::in_folder(Some(elsewhere.clone())).unwrap();
            there.write("theirs", &Token { access: "a".into(), expires: 5, refresh: None });
            std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
            let refused = Cache::in_folder(Some(link)).unwrap().clear().unwrap_err().to_string();
            assert!(refused.contains("is a link") && there.get("theirs").is_some(), "{refused}");
        }
        assert!(others.iter().all(|(name, _)| tokens.join(name).exists()) && tokens.join("folder.json").exists());
        #[cfg(unix)]
        assert!(folder.path().join("outside.json").exists() && tokens.join("link.json").exists());
    }
}
