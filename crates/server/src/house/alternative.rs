//! The policies of other systems for spent tokens, by the names that the fault bench knows.

use crate::{
    config::Problem,
    environment,
    failure::Failure,
    gate::model::{Alternative, Policy, ReuseEnds, Windows},
};

/// The settings for the policy that the environment names, and the policy. The grace is `refresh.lost_window`.
pub(super) fn chosen(policy: Policy) -> Result<(Policy, Option<Alternative>), Failure> {
    let Some(name) = environment::rotation_policy() else { return Ok((policy, None)) };
    let grace = policy.windows.lost_window;
    let (alternative, reuse_ends) = match name.as_str() {
        "re_rotate" => (Alternative::ReRotate { grace }, ReuseEnds::Session),
        // A branch is a session of its own here, and what ends is the whole tree.
        "new_branch" => (Alternative::NewBranch { grace }, ReuseEnds::User),
        "previous_always" => (Alternative::PreviousAlways, ReuseEnds::Session),
        _ => {
            let remedy = "re_rotate, new_branch or previous_always; without it the policy is ours";
            return Err(Problem::new("GATEWRIGHT_ROTATION_POLICY", "no such policy", remedy).into());
        }
    };
    tracing::warn!(policy = name, "spent refresh tokens are judged as other systems do: for comparisons only");
    Ok((Policy { windows: Windows::STRICT, reuse_ends, ..policy }, Some(alternative)))
}
