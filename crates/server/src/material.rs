//! Secret material: the master key, an operator's own signing key, the pepper. Read here, handed on as types that do not
//! print, never logged.
//!
//! What must stay true: a generated master key is complete and durable on disk, with mode 0600, before anything is made with
//! it; and none is generated beside a database that was made with another.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use data_encoding::{BASE64URL_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};
use gatewright_password::Peppers;
use zeroize::Zeroizing;

use crate::{
    config::{self, Problem, Problems, SecretText, Settings, keys},
    failure::Failure,
    gate::{
        SigningKeySource,
        model::{KeyNumber, MasterKeys, Secret},
        port::{Entropy, SystemEntropy},
        token::{Algorithm, SigningKey},
    },
};

/// The generated master key's name in the data directory.
pub(crate) const MASTER_KEY_FILE: &str = "master.key";

const MAKE_ONE: &str = "make one with `openssl rand -hex 32`";

/// The master keys: configured, else those in the data directory, else a new one there.
pub(crate) fn master_keys(settings: &Settings) -> Result<MasterKeys, Failure> {
    let spoken = settings.spoken(&keys::MASTER_KEY);
    if let Some(text) = &settings.master_key {
        return Ok(MasterKeys::parse(text.expose()).map_err(|error| Problem::new(spoken, error.to_string(), MAKE_ONE))?);
    }
    Problems::check(config::no_shared_key(settings).into_iter().collect())?;
    let path = settings.data_dir.join(MASTER_KEY_FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(file) = settings.database.file().filter(|file| file.exists()) {
                let says = format!("{} is missing, while {} was made with it", path.display(), file.display());
                let remedy = format!("put the key back, or set {}", keys::MASTER_KEY.variable());
                return Err(Problem::new(spoken, says, remedy).into());
            }
            generate(&path).map_err(|error| unwritable(&path, &error))?
        }
        Err(error) => return Err(unwritable(&path, &error)),
    };
    let restore = "restore the file from your backup of it";
    Ok(MasterKeys::parse(&text)
        .map_err(|error| Problem::new(path.display().to_string(), error.to_string(), restore))?)
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let says = format!("{} cannot be used ({error})", path.display());
    let remedy = format!("make the folder writable for this user, or set {}", keys::MASTER_KEY.variable());
    Problem::new(keys::DATA_DIR.variable(), says, remedy).into()
}

/// Makes the data directory with mode 0700 if it is missing.
pub(crate) fn make_data_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes a key and puts it under `path` in one step. If another process was faster, its key is the one.
fn generate(path: &Path) -> io::Result<Zeroizing<String>> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    make_data_dir(folder)?;
    let mut bytes = Zeroizing::new([0; 32]);
    SystemEntropy::default().fill(&mut *bytes);
    let text = Zeroizing::new(format!("{}\n", HEXLOWER.encode(&*bytes)));
    let draft = draft(path);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    match linked {
        Ok(()) => {
            File::open(folder)?.sync_all()?;
            Ok(text)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => fs::read_to_string(path).map(Zeroizing::new),
        Err(error) => Err(error),
    }
}

fn draft(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!("-{}", std::process::id()));
    name.into()
}

/// Where the signing keys come from.
pub(crate) fn signing_keys(settings: &Settings) -> Result<SigningKeySource, Failure> {
    let Some(text) = &settings.signing_key else { return Ok(SigningKeySource::Generated) };
    let key = if settings.algorithm == Algorithm::Hs256 {
        let secret = shared_secret(text.expose()).ok_or_else(|| {
            let says = "an HS256 key is at least 32 random bytes in hexadecimal or base64url";
            Problem::new(settings.spoken(&keys::SIGNING_KEY), says, MAKE_ONE)
        })?;
        SigningKey::from_hmac_secret(&secret)
    } else {
        SigningKey::from_pkcs8_pem(text.expose(), Some(settings.algorithm))
    };
    let key = key.map_err(|error| {
        let remedy = format!(
            "give a PKCS#8 key in PEM that fits {}={}, or none to have keys made and rotated",
            keys::SIGNING_ALG.variable(),
            settings.algorithm
        );
        Problem::new(settings.spoken(&keys::SIGNING_KEY), error.to_string(), remedy)
    })?;
    Ok(SigningKeySource::Given(Box::new(key)))
}

fn shared_secret(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let hex = HEXLOWER_PERMISSIVE.decode(text.as_bytes());
    hex.or_else(|_| BASE64URL_NOPAD.decode(text.trim_end_matches('=').as_bytes())).ok().map(Zeroizing::new)
}

/// The peppers, if any are configured.
pub(crate) fn peppers(settings: &Settings) -> Result<Option<Peppers>, Failure> {
    let Some(text) = &settings.pepper else { return Ok(None) };
    let refused = |says: String| Problem::new(settings.spoken(&keys::PASSWORD_PEPPER), says, MAKE_ONE);
    // The form is that of a master key, and so is what makes one weak.
    MasterKeys::parse(text.expose()).map_err(|error| refused(error.to_string().replace("master key", "pepper")))?;
    let peppers = Peppers::new(numbered(text)).map_err(|error| refused(error.to_string()))?;
    Ok(Some(peppers))
}

/// The keys in a text that is known to be well-formed.
fn numbered(text: &SecretText) -> Vec<(KeyNumber, Secret<32>)> {
    let parts = text.expose().split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty());
    let keys = parts.filter_map(|part| {
        let (number, key) = part.split_once(':').unwrap_or(("1", part));
        let bytes = shared_secret(key)?;
        Some((KeyNumber::new(number.parse().ok()?), Secret::new(<[u8; 32]>::try_from(bytes.as_slice()).ok()?)))
    });
    keys.collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::config::Sources;

    fn settings(folder: &Path, more: &[(&str, &str)]) -> Settings {
        let own = [("GATEWRIGHT_DATA_DIR", folder.to_str().unwrap())];
        let variables = own.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Settings::read(&Sources { variables, ..Sources::default() }).unwrap()
    }

    #[test]
    fn a_master_key_is_made_once_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let first = master_keys(&settings(&data, &[])).unwrap();
        let second = master_keys(&settings(&data, &[])).unwrap();
        assert_eq!(first.keyed_hash("x", b"y"), second.keyed_hash("x", b"y"));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&data), mode(&data.join(MASTER_KEY_FILE))), (0o700, 0o600));
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn no_master_key_is_made_beside_a_database_of_another() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("gatewright.db"), "x").unwrap();
        let error = master_keys(&settings(folder.path(), &[])).unwrap_err();
        assert!(error.to_string().contains("is missing, while"), "{error}");
    }

    #[test]
    fn jw18_a_weak_key_of_any_kind_is_refused_without_being_shown() {
        let folder = tempfile::tempdir().unwrap();
        let weak = "abababababababababababababababababababababababababababababababab";
        let refused = |more: &[(&str, &str)]| {
            let settings = settings(folder.path(), more);
            let outcomes = [
                master_keys(&settings).map(drop).err(),
                signing_keys(&settings).map(drop).err(),
                peppers(&settings).map(drop).err(),
            ];
            outcomes.into_iter().flatten().map(|error| error.to_string()).collect::<Vec<_>>().join("\n")
        };
        for (name, algorithm) in [("MASTER_KEY", "ES256"), ("PASSWORD_PEPPER", "ES256"), ("SIGNING_KEY", "HS256")] {
            for value in [weak, "correct-horse-battery-staple"] {
                let said = refused(&[(&format!("GATEWRIGHT_{name}"), value), ("GATEWRIGHT_SIGNING_ALG", algorithm)]);
                assert!(said.starts_with(&format!("GATEWRIGHT_{name}: ")), "{name}: {said}");
                assert!(!said.contains(value), "{said}");
            }
        }
    }

    #[test]
    fn peppers_are_numbered_and_the_first_is_active() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (
            "00112233445566778899aabbccddeeff00112233445566778899aabbccddeefe",
            "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeefe",
        );
        let settings = settings(folder.path(), &[("GATEWRIGHT_PASSWORD_PEPPER", &format!("2:{two},1:{one}"))]);
        assert_eq!(peppers(&settings).unwrap().unwrap().active(), KeyNumber::new(2));
    }
}
