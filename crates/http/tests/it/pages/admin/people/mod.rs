//! Accounts, their users and sessions, and roles.
