//! Proving an account with its password: limiter, then hash, then verdict; the same for those who exist and those who do not.

use crate::{
    CredentialFault, Error, Gatewright, Refusal,
    model::{
        Account, AccountId, Act, Activity, ClientInfo, ClientSource, LimitRule, LimitRules, Login, PasswordHash,
        Plaintext, Session, User,
    },
    port::{Take, Verification},
};

/// An account whose password was just right. Only this file makes one.
pub(super) struct PasswordVerified {
    /// The account, as it was read before the password was compared.
    pub(super) account: Account,
    /// The hash that is stored now.
    pub(super) hash: PasswordHash,
}

impl Gatewright {
    /// Proves the account that `login` means. A login that cannot be one is treated as one that nobody has.
    ///
    /// # Errors
    /// [`Refusal::Credentials`] for every reason alike, [`Error::Throttled`] before anything was hashed,
    /// [`Error::OverCapacity`] when the hasher's queue is full.
    pub(super) async fn prove_login(
        &self,
        login: &str,
        password: &Plaintext,
        client: &ClientInfo,
    ) -> Result<PasswordVerified, Error> {
        let parsed = Login::parse("login", login).ok();
        let account = match &parsed {
            Some(login) => self.ports().accounts.account_by_login(login).await?,
            None => None,
        };
        let key = parsed.as_ref().map_or(login, Login::key);
        self.prove(account, key.as_bytes(), password, client, Act::LoginFailed).await
    }

    /// Proves an account that is signed in already. Notes `failure` if the password is wrong.
    pub(super) async fn prove_account(
        &self,
        account: Account,
        password: &Plaintext,
        client: &ClientInfo,
        failure: Act,
    ) -> Result<PasswordVerified, Error> {
        let key = *account.id.as_bytes();
        self.prove(Some(account), &key, password, client, failure).await
    }

    async fn prove(
        &self,
        account: Option<Account>,
        login_key: &[u8],
        password: &Plaintext,
        client: &ClientInfo,
        failure: Act,
    ) -> Result<PasswordVerified, Error> {
        let counted = self.count_attempt(self.login_takes(account.as_ref(), login_key, client).await?).await?;
        // An account that does not exist costs the same reading, the same hash and the same write (fault X8).
        let id = account.as_ref().map_or(NOBODY, |account| account.id);
        let stored = self.ports().passwords.password(id).await?;
        let verdict = self.ports().hasher.verify(password, stored.as_ref(), client.source()).await?;
        let fault = match (account, stored) {
            (Some(account), Some(stored)) if verdict != Verification::Wrong && account.disabled_at.is_none() => {
                self.forgive(counted).await?;
                let hash = self.strengthened(account.id, stored, verdict).await?;
                return Ok(PasswordVerified { account, hash });
            }
            (Some(account), _) => {
                let now = self.now();
                let entry = Activity::new(self.new_entry(now), now, account.id, failure, client);
                self.ports().activity.append(entry.into()).await?;
                if verdict == Verification::Wrong { CredentialFault::WrongPassword } else { CredentialFault::Disabled }
            }
            (None, _) => {
                self.write_decoy().await?;
                CredentialFault::UnknownLogin
            }
        };
        Err(Refusal::Credentials(fault).into())
    }

    /// Replaces a hash of yesterday's strength (SECURITY PW13). If somebody else was faster, that is as good.
    async fn strengthened(
        &self,
        account: AccountId,
        stored: PasswordHash,
        verdict: Verification,
    ) -> Result<PasswordHash, Error> {
        let Verification::RightButWeak { stronger } = verdict else { return Ok(stored) };
        let replaced = self.ports().passwords.rehash(account, &stored, stronger.clone()).await?;
        Ok(if replaced { stronger } else { stored })
    }

    async fn login_takes(
        &self,
        account: Option<&Account>,
        login_key: &[u8],
        client: &ClientInfo,
    ) -> Result<Vec<Take>, Error> {
        let Some(rules) = self.limit_rules() else { return Ok(Vec::new()) };
        let id = account.map_or(NOBODY, |account| account.id);
        let source = client.source().to_string();
        let known = match client.ip {
            Some(ip) => self.ports().sessions.knows_source(id, ip).await?,
            None => false,
        };
        let of_source = self.take("login source", source.as_bytes(), rules.login_source);
        if known {
            // Counted apart, so that whoever hammers the account from elsewhere cannot lock its owner out (SECURITY AU3).
            return Ok(vec![self.at_known_source(rules, id, client.source()), of_source]);
        }
        let whole = account.map_or(login_key, |account| account.id.as_bytes());
        Ok(vec![
            self.of_login(rules, login_key),
            self.of_all_logins(rules, whole),
            of_source,
            self.take("login global", b"", rules.login_global),
        ])
    }

    /// Everything on which wrong passwords of this account are counted, but for sources that it has no living session at.
    pub(super) fn failures_of(&self, account: &Account, users: &[User], sessions: &[Session]) -> Vec<Take> {
        let Some(rules) = self.limit_rules() else { return Vec::new() };
        let logins = users.iter().map(|user| user.username.as_str()).chain([account.email.key()]);
        let sources = sessions.iter().map(|session| ClientSource::of(session.last_ip));
        logins
            .map(|login| self.of_login(rules, login.as_bytes()))
            .chain([self.of_login(rules, account.id.as_bytes()), self.of_all_logins(rules, account.id.as_bytes())])
            .chain(sources.map(|source| self.at_known_source(rules, account.id, source)))
            .collect()
    }

    fn of_login(&self, rules: &LimitRules, login_key: &[u8]) -> Take {
        self.take("login", login_key, rules.login_failures)
    }

    /// An account has several logins; all of them together have no more attempts than one (SECURITY AU1).
    fn of_all_logins(&self, rules: &LimitRules, whole: &[u8]) -> Take {
        self.take("login account", whole, without_delay(rules.login_failures))
    }

    fn at_known_source(&self, rules: &LimitRules, account: AccountId, source: ClientSource) -> Take {
        let subject = [account.as_bytes(), source.to_string().as_bytes()].concat();
        self.take("login at a known source", &subject, rules.known_source_failures)
    }

    fn take(&self, purpose: &str, subject: &[u8], rule: LimitRule) -> Take {
        Take { key: self.limit_key(purpose, subject), rule }
    }
}

/// The id that no account has: version 7 ids are never all zero.
pub(super) const NOBODY: AccountId = AccountId::from_bytes([0; 16]);

fn without_delay(rule: LimitRule) -> LimitRule {
    match rule {
        LimitRule::Failures { first_delay, max_delay, give_up, .. } => {
            LimitRule::Failures { free: give_up, first_delay, max_delay, give_up }
        }
        rate @ LimitRule::Rate { .. } => rate,
    }
}
