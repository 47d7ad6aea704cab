//! What can be seen of a running server without its data: what it prints and answers, what the commands of an operator
//! print, and what the kernel shows of the process.

use std::fs;

use super::{calls::EMAIL, canaries::Search};
use crate::{
    child::{Place, Server},
    client::get,
};

const COMMANDS: [(&[&str], &str); 23] = [
    (&["doctor"], "configuration"),
    (&["doctor", "--json"], "configuration"),
    (&["config", "print"], "[secret]"),
    (&["config", "print", "--json"], "[secret]"),
    (&["config", "check"], "good"),
    (&["config", "check", "--json"], "{"),
    (&["config", "template"], "master_key"),
    (&["config", "schema"], "master_key"),
    (&["keys", "list"], ""),
    (&["keys", "list", "--json"], ""),
    (&["account", "show", EMAIL], EMAIL),
    (&["account", "show", EMAIL, "--json"], EMAIL),
    (&["account", "show", "nobody@example.test"], "no such account"),
    (&["admin", "list"], "dana"),
    (&["admin", "list", "--json"], "dana"),
    (&["admin", "bootstrap"], "there is an admin already"),
    (&["service-key", "list"], "by hand"),
    (&["service-key", "list", "--json"], "by hand"),
    (&["mail", "list"], "reset_password"),
    (&["mail", "list", "--json"], "reset_password"),
    (&["--help"], "serve"),
    (&["serve", "--help"], "LISTEN"),
    (&["man"], "gatewright"),
];

/// Looks at all of it.
pub(super) fn look_around(search: &mut Search, place: &Place, server: &Server) {
    let printed = server.printed();
    for expected in ["/auth/refresh", "/auth/password", "INFO"] {
        assert!(printed.contains(expected), "the log has {expected}: {}", &printed[..printed.len().min(4000)]);
    }
    search.look("the log", printed.as_bytes());
    for (path, expected) in [("/metrics", "/auth/refresh"), ("/healthz", ""), ("/readyz", ""), ("/nothing", "")] {
        let answer = get(server.ops, path);
        assert!(answer.body.contains(expected), "{path}: {}", answer.body);
        search.look(path, format!("{}{}", answer.head, answer.body).as_bytes());
    }
    for (arguments, expected) in COMMANDS {
        let ran = place.run(arguments);
        let told = format!("{}{}", ran.out(), ran.err());
        assert!(told.contains(expected), "{arguments:?}: {told}");
        search.look(&format!("{arguments:?}"), told.as_bytes());
    }
    for file in ["environ", "cmdline"] {
        let path = format!("/proc/{}/{file}", server.id());
        match fs::read(&path) {
            Ok(shown) => search.look(&path, &shown),
            // Who is not root is shown nothing.
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied, "{path}"),
        }
    }
}
