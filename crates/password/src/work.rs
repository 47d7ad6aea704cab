//! What is computed: a new hash, or a comparison. The caller waits on the other end of a channel; when it has gone away,
//! there is nobody to compute for.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use gatewright_core::{
    model::{PasswordHash, Plaintext},
    port::{Entropy, HashError, Verification},
};
use zeroize::Zeroizing;

use crate::{
    Ceiling, Parameters, Peppers,
    kernel::{Kernel, KernelError},
    parameters::Cost,
    phc::Phc,
    sync::oneshot,
};

/// SECURITY PW13.
const SALT_LENGTH: usize = 16;
/// As long as the security level that is asked for: 256 bits (RFC 9106 section 4).
const TAG_LENGTH: usize = 32;

/// A unit of work and where its answer goes.
pub(crate) enum Work {
    Hash { plaintext: Plaintext, answer: Answer<PasswordHash> },
    Verify { plaintext: Plaintext, against: Target, answer: Answer<Verification> },
}

pub(crate) type Answer<T> = oneshot::Sender<Result<T, HashError>>;

impl Work {
    /// Whether the caller has gone away.
    pub(crate) fn is_abandoned(&self) -> bool {
        match self {
            Self::Hash { answer, .. } => answer.is_canceled(),
            Self::Verify { answer, .. } => answer.is_canceled(),
        }
    }

    /// Answers without computing anything.
    pub(crate) fn refuse(self, error: HashError) {
        // A caller that has gone away needs no answer.
        match self {
            Self::Hash { answer, .. } => drop(answer.send(Err(error))),
            Self::Verify { answer, .. } => drop(answer.send(Err(error))),
        }
    }

    /// Computes and answers.
    pub(crate) fn perform(self, kernel: &mut Kernel, recipe: &Recipe) {
        match self {
            Self::Hash { plaintext, answer } => drop(answer.send(recipe.hash(kernel, &plaintext))),
            Self::Verify { plaintext, against, answer } => {
                drop(answer.send(recipe.verify(kernel, &plaintext, &against)));
            }
        }
    }
}

/// What a plaintext is compared with: a stored hash, opened, or a dummy of the same shape.
pub(crate) struct Target {
    pub(crate) cost: Cost,
    salt: Vec<u8>,
    tag: Zeroizing<Vec<u8>>,
    standing: Standing,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// A stored hash as we would make it today.
    Current,
    /// A stored hash that differs from today's in cost, size or pepper.
    Outdated,
    /// No hash of anybody: whatever comes out, the answer is no.
    Dummy,
}

/// How hashes are made today.
pub(crate) struct Recipe {
    pub(crate) parameters: Parameters,
    pub(crate) ceiling: Ceiling,
    pub(crate) peppers: Option<Peppers>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// Salt and tag of the dummy, drawn at start-up.
    dummy: ([u8; SALT_LENGTH], [u8; TAG_LENGTH]),
}

impl Recipe {
    pub(crate) fn new(
        parameters: Parameters,
        ceiling: Ceiling,
        peppers: Option<Peppers>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let mut dummy = ([0; SALT_LENGTH], [0; TAG_LENGTH]);
        entropy.fill(&mut dummy.0);
        entropy.fill(&mut dummy.1);
        Self { parameters, ceiling, peppers, entropy, dummy }
    }

    /// Reads a stored hash.
    pub(crate) fn open(&self, stored: &PasswordHash) -> Result<Target, HashError> {
        let phc = self.read(stored)?;
        let tag = self.bare_tag(&phc)?;
        // Any difference counts, not only a weaker cost: the stored hashes should all cost the same, so that the dummy does.
        let is_current = phc.cost == self.parameters.cost()
            && phc.key == self.peppers.as_ref().map(Peppers::active)
            && phc.salt.len() == SALT_LENGTH
            && tag.len() == TAG_LENGTH;
        let standing = if is_current { Standing::Current } else { Standing::Outdated };
        Ok(Target { cost: phc.cost, salt: phc.salt, tag, standing })
    }

    /// What is compared with when there is no stored hash. `cost` is that of the hashes which most callers have.
    pub(crate) fn dummy(&self, cost: Cost) -> Target {
        let tag = Zeroizing::new(self.dummy.1.to_vec());
        Target { cost, salt: self.dummy.0.to_vec(), tag, standing: Standing::Dummy }
    }

    /// Seals a stored hash with the active pepper, without the password. Nothing if it already is, or if there is no pepper.
    pub(crate) fn rewrap(&self, stored: &PasswordHash) -> Result<Option<PasswordHash>, HashError> {
        let mut phc = self.read(stored)?;
        let Some(peppers) = self.peppers.as_ref().filter(|peppers| phc.key != Some(peppers.active())) else {
            // Also without any change to make, an unreadable one is reported.
            return self.bare_tag(&phc).map(|_| None);
        };
        phc.output = self.bare_tag(&phc)?.to_vec();
        peppers.seal(&mut phc, &*self.entropy);
        Ok(Some(PasswordHash::from_phc(phc.to_string())))
    }

    fn read(&self, stored: &PasswordHash) -> Result<Phc, HashError> {
        Phc::parse(stored.as_phc()).filter(|phc| self.ceiling.allows(phc.cost)).ok_or(HashError::Unreadable)
    }

    fn bare_tag(&self, phc: &Phc) -> Result<Zeroizing<Vec<u8>>, HashError> {
        match (phc.key, &self.peppers) {
            (None, _) => Ok(Zeroizing::new(phc.output.clone())),
            (Some(_), Some(peppers)) => peppers.open(phc).ok_or(HashError::Unreadable),
            (Some(_), None) => Err(HashError::Unreadable),
        }
    }

    fn hash(&self, kernel: &mut Kernel, plaintext: &Plaintext) -> Result<PasswordHash, HashError> {
        let mut salt = vec![0; SALT_LENGTH];
        self.entropy.fill(&mut salt);
        let mut phc = Phc { cost: self.parameters.cost(), key: None, salt, output: vec![0; TAG_LENGTH] };
        kernel.derive(phc.cost, plaintext.expose().as_bytes(), &phc.salt, &mut phc.output).map_err(refused)?;
        if let Some(peppers) = &self.peppers {
            peppers.seal(&mut phc, &*self.entropy);
        }
        Ok(PasswordHash::from_phc(phc.to_string()))
    }

    fn verify(&self, kernel: &mut Kernel, plaintext: &Plaintext, target: &Target) -> Result<Verification, HashError> {
        let mut tag = Zeroizing::new(vec![0; target.tag.len()]);
        kernel.derive(target.cost, plaintext.expose().as_bytes(), &target.salt, &mut tag).map_err(refused)?;
        let is_equal = verify_slices_are_equal(&tag, &target.tag).is_ok();
        match (is_equal, target.standing) {
            (false, _) | (true, Standing::Dummy) => Ok(Verification::Wrong),
            (true, Standing::Current) => Ok(Verification::Right),
            (true, Standing::Outdated) => Ok(Verification::RightButWeak { stronger: self.hash(kernel, plaintext)? }),
        }
    }
}

fn refused(error: KernelError) -> HashError {
    match error {
        // Memory comes back when other hashes or other processes end.
        KernelError::OutOfMemory => HashError::OverCapacity { retry_after: std::time::Duration::from_secs(5) },
        KernelError::Undefined(_) | KernelError::WrongAnswer => HashError::Unreadable,
    }
}
