//! Section 4 and what else is done by mail: what mails carry, how often one may ask and try, what the answers tell, and what
//! somebody else's address is good for.

mod bombing;
mod codes;
mod hijacking;
mod notices;
mod sameness;
mod tokens;
