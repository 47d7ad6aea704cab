//! The hosted pages of a process, put together from the settings: what stands in an operator's files is read here.
//!
//! What must stay true: every file of the folder is used or complained about, and all are tried out before anything is served; the pages
//! themselves read no file.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use gatewright::{Logo, PageFile, PageFiles, PageLook, PageSettings, Pages};

use crate::{
    config::{Problem, Settings, keys},
    post,
};

/// The pages, or none.
///
/// # Errors
/// What cannot be used, with its key, file and line.
pub(crate) fn open(settings: &Settings) -> Result<Pages, Problem> {
    let choices = &settings.pages;
    let look = PageLook { logo: logo(settings)?, accent: choices.accent, files: files(settings)? };
    if !choices.enabled {
        return Ok(Pages::Off);
    }
    Ok(Pages::On(PageSettings {
        // As mails call it, which lead here.
        product: Some(choices.product.clone().unwrap_or_else(|| post::product(&settings.own_origin(settings.listen)))),
        home: choices.home.clone(),
        next_origins: choices.next_origins.clone(),
        look,
    }))
}

fn logo(settings: &Settings) -> Result<Option<Logo>, Problem> {
    let Some(path) = &settings.pages.logo else { return Ok(None) };
    let refused = |says: String| {
        let says = format!("{}: {says}", path.display());
        Problem::new(settings.spoken(&keys::PAGES_LOGO), says, "name a picture, SVG or PNG, of at most 64 KiB")
    };
    let bytes = fs::read(path).map_err(|error| refused(error.to_string()))?;
    Logo::new(bytes).map(Some).map_err(|error| refused(error.to_string()))
}

fn files(settings: &Settings) -> Result<PageFiles, Problem> {
    let Some(folder) = &settings.pages.folder else { return Ok(PageFiles::default()) };
    let refused = |says: String| {
        let remedy = "mend it; `gatewright pages export` writes those that are built in";
        Problem::new(settings.spoken(&keys::PAGES_DIR), says, remedy)
    };
    let mut files = Vec::new();
    gather(folder, "", &mut files).map_err(|(path, error)| refused(format!("{}: {error}", path.display())))?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    PageFiles::read(files).map_err(|mistake| refused(format!("{}/{mistake}", folder.display())))
}

/// Every file below the folder, but those whose names begin with a dot.
fn gather(folder: &Path, place: &str, files: &mut Vec<PageFile>) -> Result<(), (PathBuf, io::Error)> {
    let told = |path: &Path| {
        let path = path.to_owned();
        move |error| (path, error)
    };
    for entry in fs::read_dir(folder).map_err(told(folder))? {
        let path = entry.map_err(told(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        // Not the entry's own: a folder of Kubernetes is made of links.
        let is_folder = fs::metadata(&path).map_err(told(&path))?.is_dir();
        if is_folder && place.is_empty() {
            gather(&path, &format!("{name}/"), files)?;
        } else if is_folder {
            let error = io::Error::other("a folder of a language holds files, and no folders");
            return Err((path, error));
        } else {
            let text = fs::read_to_string(&path).map_err(told(&path))?;
            files.push(PageFile { path: format!("{place}{name}"), text });
        }
    }
    Ok(())
}

/// Writes the built-in files into a folder, for an operator to change, and says which. Files that are there already stay as they are.
///
/// # Errors
/// A file cannot be written.
pub(crate) fn export(folder: &Path) -> Result<Vec<String>, io::Error> {
    let mut written = Vec::new();
    for file in PageFiles::shipped() {
        let path = folder.join(&file.path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        match fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut open) => {
                io::Write::write_all(&mut open, file.text.as_bytes())?;
                written.push(file.path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}
