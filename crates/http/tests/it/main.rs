//! The HTTP edge, tested over HTTP.
