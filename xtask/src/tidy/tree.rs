//! The files that the rules read: all that git tracks or would track. What must stay true: paths are relative to the
//! root with `/` between their parts, and the order is always the same.

use super::rust_text::code_only;
use crate::{Failure, process};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A repository's files with their texts; a file that is no UTF-8 is there with an empty text.
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
    /// The Rust sources among them, without comments and the insides of literals.
    rust: BTreeMap<String, String>,
    folders: BTreeSet<String>,
}

/// What a `Cargo.toml` says about one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    /// The folder of its manifest, from the root.
    pub(crate) folder: String,
    pub(crate) name: String,
    pub(crate) dependencies: Vec<Dependency>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// The package's own name, whatever the manifest calls it.
    pub(crate) package: String,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Development,
    Build,
}

const TABLES: [(&str, Kind); 3] =
    [("dependencies", Kind::Normal), ("dev-dependencies", Kind::Development), ("build-dependencies", Kind::Build)];

impl Tree {
    /// The tree under `root`, without what git ignores.
    pub(crate) fn read(root: &Path) -> Result<Self, Failure> {
        let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let listed = process::capture(&mut process::command(root, "git", &arguments))?;
        if !listed.succeeded {
            return Err(Failure(format!("git could not list the files: {}", listed.stderr.trim_end())));
        }
        let files = listed.stdout.split('\0').filter(|path| !path.is_empty());
        // A file that git still lists but nobody finds was deleted and not committed yet.
        Ok(Self::from(files.filter_map(|path| {
            let bytes = std::fs::read(root.join(path)).ok()?;
            Some((path.to_owned(), String::from_utf8(bytes).unwrap_or_default()))
        })))
    }

    /// A tree of these files only.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self::from(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
    }

    fn from(files: impl Iterator<Item = (String, String)>) -> Self {
        let files: BTreeMap<_, _> = files.collect();
        let folders = files.keys().flat_map(|path| path.match_indices('/').map(|(end, _)| path[..end].to_owned()));
        let sources = files.iter().filter(|(path, _)| path.ends_with(".rs"));
        let rust = sources.map(|(path, text)| (path.clone(), code_only(text))).collect();
        Self { folders: folders.collect(), rust, files }
    }

    /// Every path with its text.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Rust sources with comments and the insides of literals blanked, line for line as they stand.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rust.iter().map(|(path, code)| (path.as_str(), code.as_str()))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// True for a file and for a folder that holds one.
    pub(crate) fn has(&self, path: &str) -> bool {
        path.is_empty() || self.files.contains_key(path) || self.folders.contains(path)
    }

    /// Every package of the tree whose manifest can be read; cargo itself complains about the others.
    pub(crate) fn packages(&self) -> Vec<Package> {
        let workspace = self.text("Cargo.toml").and_then(|text| text.parse::<toml::Table>().ok());
        let shared = workspace.as_ref().and_then(|table| table.get("workspace")?.get("dependencies")?.as_table());
        let manifests = self.files().filter_map(|(path, text)| {
            let folder = path.strip_suffix("Cargo.toml")?;
            (folder.is_empty() || folder.ends_with('/')).then_some((folder.trim_end_matches('/'), text))
        });
        manifests.filter_map(|(folder, text)| package(folder, &text.parse().ok()?, shared)).collect()
    }
}

fn package(folder: &str, manifest: &toml::Table, shared: Option<&toml::Table>) -> Option<Package> {
    let name = manifest.get("package")?.get("name")?.as_str()?.to_owned();
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let targets = targets.into_iter().flat_map(|targets| targets.values().filter_map(toml::Value::as_table));
    let mut dependencies = Vec::new();
    for table in std::iter::once(manifest).chain(targets) {
        for (key, kind) in TABLES {
            for (name, value) in table.get(key).and_then(toml::Value::as_table).into_iter().flatten() {
                let package = renamed(value).or_else(|| renamed(shared?.get(name)?)).unwrap_or(name).to_owned();
                dependencies.push(Dependency { package, kind });
            }
        }
    }
    Some(Package { folder: folder.to_owned(), name, dependencies })
}

fn renamed(dependency: &toml::Value) -> Option<&str> {
    dependency.get("package")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_seen_in_every_table_and_under_every_name() {
        let tree = Tree::of(&[
            ("Cargo.toml", "[workspace.dependencies]\nshared = { package = \"real\", version = \"1\" }"),
            (
                "crates/a/Cargo.toml",
                "[package]\nname = \"a\"\n[dependencies]\nshared.workspace = true\nother = { package = \"b\" }\n\
                 [dev-dependencies]\nc = \"1\"\n[target.'cfg(unix)'.build-dependencies]\nd = \"1\"",
            ),
        ]);
        let [package] = tree.packages().try_into().unwrap();
        assert_eq!((package.folder.as_str(), package.name.as_str()), ("crates/a", "a"));
        let seen: Vec<_> = package.dependencies.iter().map(|one| (one.package.as_str(), one.kind)).collect();
        let expected = [("b", Kind::Normal), ("real", Kind::Normal), ("c", Kind::Development), ("d", Kind::Build)];
        assert_eq!(seen, expected);
    }

    #[test]
    fn folders_are_there_as_their_files_are() {
        let tree = Tree::of(&[("docs/decisions/README.md", "")]);
        assert!(tree.has("docs/decisions/README.md") && tree.has("docs/decisions") && tree.has("docs") && tree.has(""));
        assert!(!tree.has("doc") && !tree.has("docs/decisions/README"));
    }

    #[test]
    fn the_tree_is_what_git_tracks_or_would_track() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let git = |arguments: &[&str]| {
            let ended = process::capture(&mut process::command(root, "git", arguments)).unwrap();
            assert!(ended.succeeded, "{}", ended.stderr);
        };
        git(&["init", "--quiet"]);
        std::fs::create_dir(root.join("target")).unwrap();
        let written = [(".gitignore", "/target\n"), ("target/x.rs", ""), ("new.rs", "//! New."), ("gone.rs", "")];
        for (path, text) in written {
            std::fs::write(root.join(path), text).unwrap();
        }
        std::fs::write(root.join("image.png"), [0xff, 0xfe]).unwrap();
        git(&["add", "gone.rs"]);
        std::fs::remove_file(root.join("gone.rs")).unwrap();
        let tree = Tree::read(root).unwrap();
        let seen: Vec<_> = tree.files().collect();
        assert_eq!(seen, [(".gitignore", "/target\n"), ("image.png", ""), ("new.rs", "//! New.")]);
    }
}
