//! Compiles the layer that keeps a checksum in each page of a SQLite file, against the headers of the SQLite that is linked.

use std::{env, path::PathBuf};

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script in its environment what it needs")]
fn main() {
    let header = env::var_os("DEP_SQLITE3_INCLUDE").map(PathBuf::from);
    let header = header.expect("libsqlite3-sys, built from its own source, says where its header is");
    println!("cargo:rerun-if-changed=pages/pages.c");
    cc::Build::new()
        .file("pages/pages.c")
        .opt_level(2)
        .include(header)
        .std("c11")
        .warnings(true)
        .compile("gatewright_pages");
}
