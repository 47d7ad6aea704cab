//! The sockets: those that systemd hands over (socket activation), else those of the configuration.

use std::{
    io,
    net::SocketAddr,
    os::fd::{FromRawFd, RawFd},
};

use tokio::net::TcpListener;

use crate::{
    config::{Problem, keys::Key},
    failure::Failure,
};

/// Binds `address`; `spoken` names the key that says it.
///
/// # Errors
/// Names the key, and what to do if somebody else has the port.
pub(crate) async fn bind(address: SocketAddr, spoken: &str, key: &Key) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let choose = format!("choose another address or port with {}", key.variable());
        let (says, remedy) = if error.kind() == io::ErrorKind::AddrInUse {
            (format!("{address} is in use"), format!("stop the other program, or {choose}"))
        } else if error.kind() == io::ErrorKind::PermissionDenied {
            let says = format!("{address} may not be listened on by this user");
            (says, format!("{choose}; ports below 1024 take a privilege, or a socket that systemd hands over"))
        } else {
            (format!("{address} cannot be listened on ({error})"), choose)
        };
        Problem::new(spoken, says, remedy).into()
    })
}

/// The sockets that systemd handed over: the API's, and perhaps the ops listener's.
///
/// # Errors
/// What is wrong with them.
pub(crate) fn handed_over() -> Result<Vec<TcpListener>, Failure> {
    let refused =
        |error: io::Error| Failure::because("the sockets that the service manager hands over (LISTEN_FDS)", &error);
    let descriptors: Vec<RawFd> = sd_notify::listen_fds().map_err(refused)?.collect();
    descriptors.into_iter().map(|descriptor| adopt(descriptor).map_err(refused)).collect()
}

fn adopt(descriptor: RawFd) -> io::Result<TcpListener> {
    #[expect(unsafe_code, reason = "a descriptor is a number until somebody vouches for it")]
    // SAFETY: the protocol of sd_listen_fds(3) says that the descriptors from 3 on are ours and open, `listen_fds` has seen that
    // they were meant for this process, and this is the one place that takes them, once.
    let listener = unsafe { std::net::TcpListener::from_raw_fd(descriptor) };
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}
