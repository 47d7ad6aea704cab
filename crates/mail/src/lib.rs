//! Mail: templates in several languages, and the ways out.
