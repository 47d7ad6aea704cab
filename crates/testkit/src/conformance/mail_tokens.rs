//! What every store must do about what mails carry.

pub mod races;

use std::time::Duration;

use gatewright_core::{
    model::{Account, Act, Email, Epoch, MailPurpose, SecretHash, User},
    port::{
        DeleteAccount, Earlier, EmailChange, EmailProof, Entry, MAX_CODE_TRIES, MAX_LIVE_TOKENS, NewAccount,
        PasswordChange, PasswordReset, Redeemed, SetDisabled, StoredMailToken, TokensOf,
    },
};

use super::World;

/// Issues a token of the account, with its letter.
async fn issued(world: &World, purpose: MailPurpose, account: &Account, code: u8) -> StoredMailToken {
    issue(world, world.mail_token(purpose, account, code)).await
}

async fn issue(world: &World, token: StoredMailToken) -> StoredMailToken {
    world.store.mail_tokens.issue(token.clone(), world.letter(token.account_id)).await.unwrap();
    token
}

async fn stored(world: &World, token: &StoredMailToken) -> StoredMailToken {
    world.store.mail_tokens.mail_token(token.link).await.unwrap().unwrap()
}

async fn account_of(world: &World, account: &Account) -> Account {
    world.store.accounts.account(account.id).await.unwrap().unwrap()
}

fn proof(world: &World, token: &StoredMailToken, account: &Account) -> EmailProof {
    EmailProof { token: token.id, account_id: account.id, email: account.email.clone(), at: world.now() }
}

fn entry(world: &World, account: &Account) -> Entry {
    world.entry(account.id, Act::PasswordChanged)
}

async fn prove(world: &World, token: &StoredMailToken, account: &Account) -> Redeemed {
    let entry = entry(world, account);
    let redeemed = world.store.mail_tokens.prove_email(proof(world, token, account), entry.clone()).await.unwrap();
    world.assert_logged_exactly_if(redeemed == Redeemed::Done, &entry).await;
    redeemed
}

async fn reset(world: &World, token: &StoredMailToken, account: &Account, new: &str) -> Redeemed {
    let entry = entry(world, account);
    let reset = PasswordReset { proof: proof(world, token, account), new: Some(world.hash(new)) };
    let redeemed = world.store.mail_tokens.reset_password(reset, entry.clone()).await.unwrap();
    world.assert_logged_exactly_if(redeemed == Redeemed::Done, &entry).await;
    redeemed
}

async fn change(
    world: &World,
    token: &StoredMailToken,
    account: &Account,
    to: Email,
    undo: Option<&StoredMailToken>,
    earlier: Earlier,
) -> Redeemed {
    let mut entry = entry(world, account);
    if let Some(undo) = undo {
        entry = entry.carrying(undo.clone(), world.letter(undo.account_id));
    }
    let change = EmailChange { proof: proof(world, token, account), to, earlier };
    let redeemed = world.store.mail_tokens.change_email(change, entry.clone()).await.unwrap();
    world.assert_logged_exactly_if(redeemed == Redeemed::Done, &entry).await;
    redeemed
}

/// Plain: every member, every purpose.
pub async fn an_issued_token_comes_out_as_it_was_put_in_and_its_letter_waits(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let before = world.store.outbox.outbox_stats().await.unwrap().waiting;
    let purposes = [
        MailPurpose::VerifyEmail,
        MailPurpose::SignUp,
        MailPurpose::ResetPassword,
        MailPurpose::MagicLink,
        MailPurpose::ConfirmEmail,
        MailPurpose::UndoEmail,
        MailPurpose::Invitation,
    ];
    for purpose in purposes {
        let bare = StoredMailToken { account_id: None, ..issued(&world, purpose, &account, 1).await };
        let bare = StoredMailToken {
            id: gatewright_core::model::MailTokenId::new(world.now(), world.entropy.bytes()),
            link: SecretHash::from_bytes(world.entropy.bytes()),
            ..bare
        };
        let full = StoredMailToken {
            user_id: Some(user.id),
            browser: Some(SecretHash::from_bytes([7; 32])),
            details: Some(vec![1, 2, 3]),
            tries: 2,
            ..world.mail_token(purpose, &account, 2)
        };
        for token in [issue(&world, bare).await, issue(&world, full).await] {
            assert_eq!(stored(&world, &token).await, token);
        }
    }
    assert_eq!(world.store.outbox.outbox_stats().await.unwrap().waiting, before + 3 * 7);
}

/// Absent.
pub async fn a_token_that_is_not_there_is_none_and_good_for_nothing(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let token = world.mail_token(MailPurpose::ResetPassword, &account, 1);
    let mail_tokens = &world.store.mail_tokens;
    assert_eq!(mail_tokens.mail_token(token.link).await.unwrap(), None);
    let tried = mail_tokens.try_code(token.purpose, &token.email, token.code, world.now()).await.unwrap();
    assert_eq!(tried, None);
    assert!(!mail_tokens.spend(token.id, world.now()).await.unwrap());
    assert_eq!(prove(&world, &token, &account).await, Redeemed::Spent);
    assert_eq!(reset(&world, &token, &account, "new").await, Redeemed::Spent);
    assert_eq!(account_of(&world, &account).await, account);
}

/// Stale: to the microsecond.
pub async fn a_token_is_good_until_its_very_end(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let token = issued(&world, MailPurpose::VerifyEmail, &account, 1).await;
    world.clock.set(token.ends_at);
    assert_eq!(prove(&world, &token, &account).await, Redeemed::Spent);
    assert!(!world.store.mail_tokens.spend(token.id, world.now()).await.unwrap());
    let mail_tokens = &world.store.mail_tokens;
    assert_eq!(mail_tokens.try_code(token.purpose, &token.email, token.code, world.now()).await.unwrap(), None);
    world.clock.set(token.ends_at.minus(Duration::from_micros(1)));
    assert_eq!(prove(&world, &token, &account).await, Redeemed::Done);
}

/// Plain: a resend takes nothing away, using one takes them all away, and those of another purpose or address none.
pub async fn an_earlier_mail_stays_good_until_one_is_used(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let (other, _) = world.signed_up("grace").await;
    let first = issued(&world, MailPurpose::MagicLink, &account, 1).await;
    let second = issued(&world, MailPurpose::MagicLink, &account, 2).await;
    let purpose = issued(&world, MailPurpose::VerifyEmail, &account, 3).await;
    let foreign = issued(&world, MailPurpose::MagicLink, &other, 4).await;
    let spend = async |token: &StoredMailToken| world.store.mail_tokens.spend(token.id, world.now()).await.unwrap();
    assert!(spend(&first).await);
    assert!(!spend(&first).await && !spend(&second).await);
    assert_eq!(stored(&world, &second).await.used_at, Some(world.now()));
    assert!(spend(&purpose).await && spend(&foreign).await);
}

/// Plain, SECURITY AU4: an account does not see its own token die because another account has used one for the same address.
/// What belongs to no account yet dies with any.
pub async fn au4_what_another_account_asked_of_an_address_is_no_business_of_its_owner(world: World) {
    let ((ada, _), (grace, _)) = (world.signed_up("ada").await, world.signed_up("grace").await);
    let email = world.email("both");
    for (number, purpose) in (0..).zip([MailPurpose::ConfirmEmail, MailPurpose::Invitation]) {
        let asked = |account: &Account, code: u8| {
            let token = world.mail_token(purpose, account, 10 * number + code);
            StoredMailToken { email: email.clone(), ..token }
        };
        let (first, second) = (issue(&world, asked(&ada, 1)).await, issue(&world, asked(&ada, 2)).await);
        let hers = issue(&world, asked(&grace, 3)).await;
        let nobodys = issue(&world, StoredMailToken { account_id: None, ..asked(&grace, 4) }).await;
        assert!(world.store.mail_tokens.spend(first.id, world.now()).await.unwrap());
        for (token, is_used) in [(&first, true), (&second, true), (&hers, false), (&nobodys, true)] {
            assert_eq!(stored(&world, token).await.used_at.is_some(), is_used, "{purpose:?}");
        }
        let more = issue(&world, asked(&ada, 5)).await;
        let nobodys = issue(&world, StoredMailToken { account_id: None, ..asked(&grace, 6) }).await;
        assert!(world.store.mail_tokens.spend(nobodys.id, world.now()).await.unwrap());
        for token in [&more, &hers] {
            assert!(stored(&world, token).await.used_at.is_some(), "{purpose:?}");
        }
    }
}

/// Plain, SECURITY OT4: every wrong code counts against every mail that it could be for, and a right one after five is too late.
pub async fn ot4_a_code_may_be_tried_five_times_against_one_mail(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let early = issued(&world, MailPurpose::ResetPassword, &account, 1).await;
    let purpose = issued(&world, MailPurpose::VerifyEmail, &account, 1).await;
    let try_code = async |code: u8| {
        let code = SecretHash::from_bytes([code; 32]);
        let found = world.store.mail_tokens.try_code(MailPurpose::ResetPassword, &account.email, code, world.now());
        found.await.unwrap().map(|token| (token.id, token.tries))
    };
    assert_eq!(try_code(1).await, Some((early.id, 1)));
    for _ in 0..2 {
        assert_eq!(try_code(9).await, None);
    }
    let late = issued(&world, MailPurpose::ResetPassword, &account, 2).await;
    assert_eq!(try_code(2).await, Some((late.id, 1)));
    assert_eq!(try_code(1).await, Some((early.id, 5)));
    assert_eq!(try_code(1).await, None);
    assert_eq!(try_code(2).await, Some((late.id, 4)));
    assert_eq!(stored(&world, &early).await.tries, MAX_CODE_TRIES);
    assert_eq!(stored(&world, &purpose).await.tries, 0);
    assert!(world.store.mail_tokens.spend(early.id, world.now()).await.unwrap(), "the link is still good");
}

/// Plain and stale: another address, another account, a disabled one.
pub async fn a_proved_address_is_the_one_that_the_mail_went_to(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let (other, _) = world.signed_up("grace").await;
    let token = issued(&world, MailPurpose::VerifyEmail, &account, 1).await;
    assert_eq!(prove(&world, &token, &other).await, Redeemed::Stale);
    let moved = Account { email: world.email("elsewhere"), ..account.clone() };
    assert_eq!(prove(&world, &token, &moved).await, Redeemed::Stale);
    let disabled = world.entry(account.id, Act::AccountDisabled);
    let set = world.store.accounts.set_disabled(account.id, Some(world.now()), disabled).await.unwrap();
    assert_eq!(set, SetDisabled::Done);
    assert_eq!(prove(&world, &token, &account).await, Redeemed::Stale);
    let enabled = world.entry(account.id, Act::AccountEnabled);
    let set = world.store.accounts.set_disabled(account.id, None, enabled).await.unwrap();
    assert_eq!(set, SetDisabled::Done);
    assert_eq!(prove(&world, &token, &account).await, Redeemed::Done);
    assert_eq!(account_of(&world, &account).await.email_verified_at, Some(world.now()));
    assert_eq!(account_of(&world, &other).await, other);
}

/// Plain, SECURITY EM2 and EM8: sessions, other mails; and the address is proved by it.
pub async fn em8_a_reset_ends_all_sessions_and_every_other_mail_of_the_account(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let session = world.opened(&account, &user).await.session.id;
    let magic = issued(&world, MailPurpose::MagicLink, &account, 1).await;
    let token = issued(&world, MailPurpose::ResetPassword, &account, 2).await;
    assert_eq!(reset(&world, &token, &account, "new").await, Redeemed::Done);
    assert!(!world.lives(session).await);
    assert!(!world.store.mail_tokens.spend(magic.id, world.now()).await.unwrap());
    assert_eq!(world.store.passwords.password(account.id).await.unwrap().unwrap(), world.hash("new"));
    let now = account_of(&world, &account).await;
    assert_eq!((now.epoch, now.email_verified_at), (Epoch::new(1), Some(world.now())));
    assert_eq!(reset(&world, &token, &account, "again").await, Redeemed::Spent);
}

/// Plain and taken.
pub async fn a_changed_address_can_be_taken_back_and_is_nobody_elses(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let (other, _) = world.signed_up("grace").await;
    let session = world.opened(&account, &user).await.session.id;
    let reset_mail = issued(&world, MailPurpose::ResetPassword, &account, 9).await;
    let confirm = issued(&world, MailPurpose::ConfirmEmail, &account, 1).await;
    let undo = world.mail_token(MailPurpose::UndoEmail, &account, 2);
    let taken = change(&world, &confirm, &account, other.email.clone(), None, Earlier::Stays).await;
    assert_eq!(taken, Redeemed::Taken);
    assert_eq!(account_of(&world, &account).await, account);
    let to = world.email("elsewhere");
    let done = change(&world, &confirm, &account, to.clone(), Some(&undo), Earlier::Stays).await;
    assert_eq!(done, Redeemed::Done);
    let changed = account_of(&world, &account).await;
    assert_eq!((&changed.email, changed.email_verified_at), (&to, Some(world.now())));
    assert!(world.lives(session).await);
    assert!(!world.store.mail_tokens.spend(reset_mail.id, world.now()).await.unwrap(), "to the old address");
    let back = change(&world, &undo, &changed, account.email.clone(), None, Earlier::Ends).await;
    assert_eq!(back, Redeemed::Done);
    assert_eq!(account_of(&world, &account).await.email, account.email);
    assert!(!world.lives(session).await);
    assert_eq!(world.store.passwords.password(account.id).await.unwrap(), None, "whoever changed it knew the password");
    assert_eq!(change(&world, &undo, &changed, to, None, Earlier::Ends).await, Redeemed::Spent);
}

/// Order: who changes the address again does not shut out who reads the first one, and who takes it back shuts out all others.
pub async fn the_first_address_can_be_taken_back_whatever_the_address_became_since(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let (first, second) = (world.email("first"), world.email("second"));
    let undo_first = world.mail_token(MailPurpose::UndoEmail, &account, 1);
    let confirm = issued(&world, MailPurpose::ConfirmEmail, &account, 2).await;
    assert_eq!(change(&world, &confirm, &account, first, Some(&undo_first), Earlier::Stays).await, Redeemed::Done);
    let changed = account_of(&world, &account).await;
    let undo_second = world.mail_token(MailPurpose::UndoEmail, &changed, 3);
    let confirm = issued(&world, MailPurpose::ConfirmEmail, &changed, 4).await;
    assert_eq!(change(&world, &confirm, &changed, second, Some(&undo_second), Earlier::Stays).await, Redeemed::Done);
    let changed = account_of(&world, &account).await;
    let back = change(&world, &undo_first, &changed, account.email.clone(), None, Earlier::Ends).await;
    assert_eq!(back, Redeemed::Done);
    let restored = account_of(&world, &account).await;
    assert_eq!(restored.email, account.email);
    let again = change(&world, &undo_second, &restored, undo_second.email.clone(), None, Earlier::Ends).await;
    assert_eq!(again, Redeemed::Spent);
}

/// Plain: what is good is found by its address and by its account, newest first; what is not, is not.
pub async fn good_tokens_are_found_by_address_and_by_account(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let (other, _) = world.signed_up("grace").await;
    let live = async |purpose, of| world.store.mail_tokens.live_mail_tokens(purpose, of, world.now()).await.unwrap();
    let by_account = |account: &Account| TokensOf::Account(account.id);
    let purpose = MailPurpose::ConfirmEmail;
    let first = StoredMailToken { email: world.email("first"), ..world.mail_token(purpose, &account, 1) };
    // Ids tell what is newer by the millisecond.
    world.clock.advance(Duration::from_millis(1));
    let second = StoredMailToken { email: world.email("second"), ..world.mail_token(purpose, &account, 2) };
    let (first, second) = (issue(&world, first).await, issue(&world, second).await);
    issued(&world, MailPurpose::MagicLink, &account, 3).await;
    assert_eq!(live(purpose, by_account(&account)).await, [second.clone(), first.clone()]);
    assert_eq!(live(purpose, TokensOf::Email(first.email.clone())).await, vec![first.clone()]);
    assert_eq!(live(purpose, by_account(&other)).await, []);
    let (here, there) = (SecretHash::of(b"here"), SecretHash::of(b"there"));
    let asked = |browser| TokensOf::Asked(account.email.clone(), browser);
    let marked = StoredMailToken { browser: Some(here), ..world.mail_token(MailPurpose::SignUp, &account, 4) };
    let marked = issue(&world, marked).await;
    issue(&world, StoredMailToken { browser: Some(there), ..world.mail_token(MailPurpose::SignUp, &account, 5) }).await;
    issued(&world, MailPurpose::SignUp, &account, 6).await;
    assert_eq!(live(MailPurpose::SignUp, asked(here)).await, vec![marked]);
    assert_eq!(live(MailPurpose::MagicLink, asked(here)).await, []);
    assert_eq!(live(MailPurpose::SignUp, TokensOf::Asked(other.email.clone(), here)).await, []);
    assert_eq!(live(MailPurpose::UndoEmail, by_account(&account)).await, []);
    assert!(world.store.mail_tokens.spend(second.id, world.now()).await.unwrap());
    assert_eq!(live(purpose, by_account(&account)).await, vec![first.clone()]);
    let late = world.store.mail_tokens.live_mail_tokens(purpose, by_account(&account), first.ends_at).await.unwrap();
    assert_eq!(late, []);
    for code in 0..=u8::try_from(MAX_LIVE_TOKENS).unwrap() {
        issued(&world, MailPurpose::ResetPassword, &account, code).await;
    }
    assert_eq!(live(MailPurpose::ResetPassword, by_account(&account)).await.len(), MAX_LIVE_TOKENS);
}

/// Plain.
pub async fn em2_a_new_password_has_what_mails_carry_die_but_for_what_takes_an_address_back(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let keep = world.opened(&account, &user).await.session.id;
    let link = issued(&world, MailPurpose::MagicLink, &account, 1).await;
    let undo = issued(&world, MailPurpose::UndoEmail, &account, 2).await;
    let (seen, new) = (world.hash("ada"), world.hash("new"));
    let password = PasswordChange { account_id: account.id, seen, new, keep, at: world.now() };
    assert!(world.store.passwords.change(password, entry(&world, &account)).await.unwrap());
    assert!(!world.store.mail_tokens.spend(link.id, world.now()).await.unwrap());
    assert!(world.store.mail_tokens.spend(undo.id, world.now()).await.unwrap());
}

/// Order: the log, the mail and what it carries are one step.
pub async fn an_entry_that_cannot_be_written_with_its_mail_is_not_written(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let token = issued(&world, MailPurpose::MagicLink, &account, 1).await;
    let before = world.store.outbox.outbox_stats().await.unwrap();
    let twice = entry(&world, &account).carrying(token, world.letter(Some(account.id)));
    assert!(world.store.activity_log.append(twice.clone()).await.is_err(), "no two tokens have one link");
    world.assert_logged_exactly_if(false, &twice).await;
    assert_eq!(world.store.outbox.outbox_stats().await.unwrap(), before);
}

/// Plain: an account may be left without a password, and get one again.
pub async fn a_reset_without_a_password_leaves_none(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let token = issued(&world, MailPurpose::MagicLink, &account, 1).await;
    let none = PasswordReset { proof: proof(&world, &token, &account), new: None };
    let done = world.store.mail_tokens.reset_password(none, entry(&world, &account)).await.unwrap();
    assert_eq!(done, Redeemed::Done);
    assert_eq!(world.store.passwords.password(account.id).await.unwrap(), None);
    assert_eq!(account_of(&world, &account).await.epoch, Epoch::new(1));
    let token = issued(&world, MailPurpose::ResetPassword, &account, 2).await;
    assert_eq!(reset(&world, &token, &account, "chosen at last").await, Redeemed::Done);
    assert_eq!(world.store.passwords.password(account.id).await.unwrap().unwrap(), world.hash("chosen at last"));
}

/// A sign-up to be proved: the account that would be made, and what its mail carries.
fn sign_up(world: &World, name: &str, username: &str) -> (NewAccount, StoredMailToken) {
    let new = world.new_account(name);
    let owner = User { username: world.user(new.account.id, username).username, ..new.owner.clone() };
    let token = world.mail_token(MailPurpose::SignUp, &new.account, 1);
    (NewAccount { owner, ..new }, StoredMailToken { account_id: None, ..token })
}

async fn proved(world: &World, new: &NewAccount, token: &StoredMailToken) -> Redeemed {
    let entry = world.entry(new.account.id, Act::SignedUp);
    let redeemed = world.store.mail_tokens.sign_up_proved(token.id, new.clone(), entry.clone()).await.unwrap();
    world.assert_logged_exactly_if(redeemed == Redeemed::Done, &entry).await;
    redeemed
}

/// Plain, taken, spent: two parties sign up with one address, and the one whose mail was used has it.
pub async fn a_sign_up_that_was_proved_makes_the_account_and_no_other_of_that_address(world: World) {
    let (squatter, squatters) = sign_up(&world, "ada", "mallory");
    let (owner, owners) = sign_up(&world, "ada", "ada");
    let (squatters, owners) = (issue(&world, squatters).await, issue(&world, owners).await);
    assert_eq!(world.store.accounts.account(owner.account.id).await.unwrap(), None);
    assert_eq!(proved(&world, &owner, &owners).await, Redeemed::Done);
    assert_eq!(account_of(&world, &owner.account).await, owner.account);
    assert_eq!(world.store.users.user(owner.owner.id).await.unwrap(), Some(owner.owner.clone()));
    assert_eq!(proved(&world, &squatter, &squatters).await, Redeemed::Spent);
    assert_eq!(world.store.accounts.account(squatter.account.id).await.unwrap(), None);
    let (named, nameds) = sign_up(&world, "grace", "ada");
    let nameds = issue(&world, nameds).await;
    assert_eq!(proved(&world, &named, &nameds).await, Redeemed::Taken);
    assert_eq!(stored(&world, &nameds).await, nameds);
}

/// Plain, taken, stale.
pub async fn an_accepted_invitation_adds_the_user_to_the_account_that_it_was_made_for(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let (other, _) = world.signed_up("grace").await;
    let token = issued(&world, MailPurpose::Invitation, &account, 1).await;
    let accept = async |user: User, max: usize| {
        let entry = world.entry(user.account_id, Act::UserAdded);
        let mail_tokens = &world.store.mail_tokens;
        let redeemed = mail_tokens.accept_invitation(token.id, user, max, entry.clone()).await.unwrap();
        world.assert_logged_exactly_if(redeemed == Redeemed::Done, &entry).await;
        redeemed
    };
    assert_eq!(accept(world.user(other.id, "byron"), 10).await, Redeemed::Stale);
    assert_eq!(accept(world.user(account.id, "grace"), 10).await, Redeemed::Taken);
    assert_eq!(accept(world.user(account.id, "byron"), 1).await, Redeemed::Stale);
    let byron = world.user(account.id, "byron");
    assert_eq!(accept(byron.clone(), 2).await, Redeemed::Done);
    assert_eq!(world.store.users.user(byron.id).await.unwrap(), Some(byron));
    assert_eq!(accept(world.user(account.id, "again"), 10).await, Redeemed::Spent);
}

/// Absent: nothing of an account that was deleted is good for anything.
pub async fn what_mails_carried_goes_with_the_account(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let token = issued(&world, MailPurpose::ResetPassword, &account, 1).await;
    let entry = world.entry(account.id, Act::AccountDeleted);
    assert_eq!(world.store.accounts.delete(account.id, entry).await.unwrap(), DeleteAccount::Done);
    assert_eq!(world.store.mail_tokens.mail_token(token.link).await.unwrap(), None);
}
