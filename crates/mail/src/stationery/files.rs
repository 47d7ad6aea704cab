//! The files of the templates: those that are built in, and an operator's own that win over them file by file. What must stay true:
//! a file in an operator's folder is used or complained about, never passed over in silence.

use std::{collections::BTreeMap, fs, io, path::Path};

use super::kinds::KINDS;
use crate::setup::SetupError;

/// The largest template, in bytes.
const LARGEST: u64 = 256 * 1024;

/// A template as it is built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemplateFile {
    /// Its place in the folder: `en/reset_password.txt`.
    pub path: &'static str,
    /// What stands in it.
    pub text: &'static str,
}

macro_rules! built_in {
    ($($path:literal)*) => {
        &[$(TemplateFile { path: $path, text: include_str!(concat!("../../templates/", $path)) }),*]
    };
}

const BUILT_IN: &[TemplateFile] = built_in! {
    "layout.html" "layout.txt"
    "de/already_signed_up.txt" "de/confirm_email.txt" "de/email_changed.txt" "de/invitation.txt" "de/magic_link.txt"
    "de/new_device.txt" "de/password_changed.txt" "de/reset_password.txt" "de/second_step_failed.txt"
    "de/session_theft.txt" "de/sign_up.txt" "de/test.txt" "de/verify_email.txt" "de/words.txt"
    "en/already_signed_up.txt" "en/confirm_email.txt" "en/email_changed.txt" "en/invitation.txt" "en/magic_link.txt"
    "en/new_device.txt" "en/password_changed.txt" "en/reset_password.txt" "en/second_step_failed.txt"
    "en/session_theft.txt" "en/sign_up.txt" "en/test.txt" "en/verify_email.txt" "en/words.txt"
    "fr/already_signed_up.txt" "fr/confirm_email.txt" "fr/email_changed.txt" "fr/invitation.txt" "fr/magic_link.txt"
    "fr/new_device.txt" "fr/password_changed.txt" "fr/reset_password.txt" "fr/second_step_failed.txt"
    "fr/session_theft.txt" "fr/sign_up.txt" "fr/test.txt" "fr/verify_email.txt" "fr/words.txt"
};

/// The templates that are built in, in the order of their paths.
pub fn built_in_templates() -> impl Iterator<Item = TemplateFile> {
    let mut files = BUILT_IN.to_vec();
    files.sort_by_key(|file| file.path);
    files.into_iter()
}

/// Writes the built-in templates into a folder, for an operator to change. Files that are there already stay as they are.
///
/// # Errors
/// [`SetupError::File`] if a file cannot be written.
pub fn export_templates(folder: &Path) -> Result<Vec<&'static str>, SetupError> {
    let mut written = Vec::new();
    for file in built_in_templates() {
        let path = folder.join(file.path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(SetupError::file(parent))?;
        match fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut open) => {
                io::Write::write_all(&mut open, file.text.as_bytes()).map_err(SetupError::file(&path))?;
                written.push(file.path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(SetupError::file(&path)(error)),
        }
    }
    Ok(written)
}

/// All files by path: the built-in ones, and over them those of the folder.
pub(super) fn gathered(folder: Option<&Path>) -> Result<BTreeMap<String, String>, SetupError> {
    let mut files = built_in_templates().map(|file| (file.path.to_owned(), file.text.to_owned())).collect();
    if let Some(folder) = folder {
        gather(folder, None, &mut files)?;
    }
    Ok(files)
}

fn gather(folder: &Path, language: Option<&str>, files: &mut BTreeMap<String, String>) -> Result<(), SetupError> {
    for entry in fs::read_dir(folder).map_err(SetupError::file(folder))? {
        let entry = entry.map_err(SetupError::file(folder))?;
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        // Not the entry's own: a folder of Kubernetes is made of links.
        let about = fs::metadata(&path).map_err(SetupError::file(&path))?;
        let unknown =
            |says: &str| SetupError::setting("the folder of mail templates", format!("{}: {says}", path.display()));
        match language {
            None if about.is_dir() && is_language(&name) => gather(&path, Some(&name), files)?,
            None if about.is_dir() => return Err(unknown("a folder is called like a language: en, pt-BR")),
            None if !matches!(name.as_str(), "layout.txt" | "layout.html") => {
                return Err(unknown(
                    "no template is called so; beside folders of languages there are layout.txt and layout.html",
                ));
            }
            Some(_) if !is_letter(&name) => {
                return Err(unknown("no template is called so; `words.txt` and the letters' names are known"));
            }
            None | Some(_) if about.len() > LARGEST => return Err(unknown("it is larger than a template may be")),
            None | Some(_) => {
                let text = fs::read_to_string(&path).map_err(SetupError::file(&path))?;
                let place = language.map_or_else(|| name.clone(), |language| format!("{language}/{name}"));
                files.insert(place, text);
            }
        }
    }
    Ok(())
}

fn is_letter(file: &str) -> bool {
    let name = file.strip_suffix(".txt");
    name.is_some_and(|name| name == "words" || KINDS.iter().any(|kind| kind.name == name))
}

/// Letters, digits and hyphens, as BCP 47 has it; two or three letters first.
fn is_language(name: &str) -> bool {
    let first = name.split('-').next().unwrap_or_default();
    matches!(first.len(), 2 | 3)
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && name.len() <= 35
        && name.split('-').all(|tag| !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}
