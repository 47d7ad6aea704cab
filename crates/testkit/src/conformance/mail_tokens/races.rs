//! Many who use what one mail carried at the same moment, or want the same address: one of them, and it is done for that one.

use gatewright_core::{
    model::{Act, Epoch, MailPurpose, SecretHash},
    port::{Earlier, MAX_CODE_TRIES, Redeemed, StoredMailToken},
};

use super::{
    super::{CALLERS, CALLERS_FOR_ONE, World, accounts::assert_one},
    account_of, change, issue, issued, prove, proved, reset, sign_up, stored,
};

/// Asserts that of fifty callers one was told that it is done and all others that the token is spent; who it was.
fn assert_one_used_it(answers: &[(usize, Redeemed)]) -> usize {
    assert_eq!(answers.len(), CALLERS_FOR_ONE);
    let (done, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|(_, answer)| *answer == Redeemed::Done);
    assert!(refused.iter().all(|(_, answer)| *answer == Redeemed::Spent), "{answers:?}");
    let [(winner, _)] = done.as_slice() else { panic!("{answers:?}") };
    *winner
}

/// Race, SECURITY EM1 and AZ9.
pub async fn em1_of_all_concurrent_callers_exactly_one_uses_a_token(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let token = issued(&world, MailPurpose::MagicLink, &account, 1).await.id;
    let answers = world.race_of(CALLERS_FOR_ONE, move |_, world| async move {
        world.store.mail_tokens.spend(token, world.now()).await.unwrap()
    });
    assert_one(&answers.await, &true, &false);
}

/// Race, SECURITY EM1 and AZ9: whatever they use it for.
pub async fn em1_of_all_concurrent_callers_of_different_methods_exactly_one_uses_a_token(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let first = world.store.passwords.password(account.id).await.unwrap();
    let token = issued(&world, MailPurpose::ResetPassword, &account, 1).await;
    let answers = world
        .race_of(CALLERS_FOR_ONE, |number, world| {
            let (token, account) = (token.clone(), account.clone());
            async move {
                let answer = match number % 4 {
                    0 => match world.store.mail_tokens.spend(token.id, world.now()).await.unwrap() {
                        true => Redeemed::Done,
                        false => Redeemed::Spent,
                    },
                    1 => prove(&world, &token, &account).await,
                    2 => reset(&world, &token, &account, "new").await,
                    _ => {
                        let to = world.email("elsewhere");
                        change(&world, &token, &account, to, None, Earlier::Ends).await
                    }
                };
                (number, answer)
            }
        })
        .await;
    let winner = assert_one_used_it(&answers) % 4;
    let found = account_of(&world, &account).await;
    let password = world.store.passwords.password(account.id).await.unwrap();
    let (is_verified, epoch, expected) = match winner {
        0 => (false, 0, first),
        1 => (true, 0, first),
        2 => (true, 1, Some(world.hash("new"))),
        _ => (true, 1, None),
    };
    assert_eq!((found.email_verified_at.is_some(), found.epoch, password), (is_verified, Epoch::new(epoch), expected));
    assert_eq!(found.email != account.email, winner == 3);
}

/// Race, SECURITY EM1 and AZ9.
pub async fn em1_of_all_concurrent_proofs_with_one_token_exactly_one_is_done(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let token = issued(&world, MailPurpose::VerifyEmail, &account, 1).await;
    let answers = world.race_of(CALLERS_FOR_ONE, |number, world| {
        let (token, account) = (token.clone(), account.clone());
        async move { (number, prove(&world, &token, &account).await) }
    });
    assert_one_used_it(&answers.await);
    assert_eq!(account_of(&world, &account).await.email_verified_at, Some(world.now()));
}

/// Race, SECURITY EM1 and AZ9: the password is that of the one who was told so.
pub async fn em1_of_all_concurrent_resets_with_one_token_exactly_one_is_done(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let token = issued(&world, MailPurpose::ResetPassword, &account, 1).await;
    let answers = world.race_of(CALLERS_FOR_ONE, |number, world| {
        let (token, account) = (token.clone(), account.clone());
        async move { (number, reset(&world, &token, &account, &format!("new{number}")).await) }
    });
    let winner = assert_one_used_it(&answers.await);
    let password = world.store.passwords.password(account.id).await.unwrap().unwrap();
    assert_eq!(password, world.hash(&format!("new{winner}")));
    assert_eq!(account_of(&world, &account).await.epoch, Epoch::new(1));
}

/// Race, SECURITY EM1 and AZ9: the address, and what it can be taken back with, are those of the one who was told so.
pub async fn em1_of_all_concurrent_changes_with_one_token_exactly_one_is_done(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let token = issued(&world, MailPurpose::ConfirmEmail, &account, 1).await;
    let undo: Vec<_> = (0..CALLERS_FOR_ONE).map(|_| world.mail_token(MailPurpose::UndoEmail, &account, 2)).collect();
    let answers = world
        .race_of(CALLERS_FOR_ONE, |number, world| {
            let (token, account, undo) = (token.clone(), account.clone(), undo[number].clone());
            let to = world.email(&format!("elsewhere{number}"));
            async move { (number, change(&world, &token, &account, to, Some(&undo), Earlier::Ends).await) }
        })
        .await;
    let winner = assert_one_used_it(&answers);
    let changed = account_of(&world, &account).await;
    assert_eq!(changed.email, world.email(&format!("elsewhere{winner}")));
    assert_eq!(changed.epoch, Epoch::new(1));
    for (number, undo) in undo.iter().enumerate() {
        let kept = world.store.mail_tokens.mail_token(undo.link).await.unwrap();
        assert_eq!(kept.as_ref(), (number == winner).then_some(undo));
    }
}

/// Race, SECURITY OT4.
pub async fn ot4_concurrent_tries_never_count_more_than_five(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let token = issued(&world, MailPurpose::ResetPassword, &account, 1).await;
    let answers = world.race_of(CALLERS_FOR_ONE, |_, world| {
        let token = token.clone();
        async move {
            let found = world.store.mail_tokens.try_code(token.purpose, &token.email, token.code, world.now());
            found.await.unwrap().map(|token| token.tries)
        }
    });
    let mut counted: Vec<_> = answers.await.into_iter().flatten().collect();
    counted.sort_unstable();
    assert_eq!(counted, (1..=MAX_CODE_TRIES).collect::<Vec<_>>());
    assert_eq!(stored(&world, &token).await.tries, MAX_CODE_TRIES);
}

/// Race, SECURITY OT4: a right code among many wrong ones that are tried at the same moment is found within the five or not
/// at all.
pub async fn ot4_concurrent_wrong_codes_count_as_a_right_one_does(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let token = issued(&world, MailPurpose::ResetPassword, &account, 1).await;
    let wrong = world.race_of(CALLERS_FOR_ONE, |number, world| {
        let token = token.clone();
        async move {
            let code = SecretHash::from_bytes([2 + u8::try_from(number).unwrap(); 32]);
            world.store.mail_tokens.try_code(token.purpose, &token.email, code, world.now()).await.unwrap()
        }
    });
    assert!(wrong.await.iter().all(Option::is_none));
    assert_eq!(stored(&world, &token).await.tries, MAX_CODE_TRIES);
    let late = world.store.mail_tokens.try_code(token.purpose, &token.email, token.code, world.now()).await.unwrap();
    assert_eq!(late, None);
}

/// Race.
pub async fn of_all_concurrent_changes_to_one_address_exactly_one_is_done(world: World) {
    let to = world.email("coveted");
    let mut mine = Vec::new();
    for number in 0..CALLERS {
        let (account, _) = world.signed_up(&format!("person{number}")).await;
        mine.push((issued(&world, MailPurpose::ConfirmEmail, &account, 1).await, account));
    }
    let answers = world.race(|number, world| {
        let ((token, account), to) = (mine[number].clone(), to.clone());
        async move { change(&world, &token, &account, to, None, Earlier::Stays).await }
    });
    assert_one(&answers.await, &Redeemed::Done, &Redeemed::Taken);
}

/// Race, as it happens: the mails of both went to the address that both want. Who has it used his own, and the other's is as good as
/// before, for an address that is taken (SECURITY AU4: its account does not see that).
pub async fn of_two_accounts_that_confirm_one_new_address_at_once_one_has_it(world: World) {
    let to = world.email("coveted");
    let mut mine = Vec::new();
    for name in ["ada", "grace"] {
        let (account, _) = world.signed_up(name).await;
        let token = world.mail_token(MailPurpose::ConfirmEmail, &account, 1);
        mine.push((issue(&world, StoredMailToken { email: to.clone(), ..token }).await, account));
    }
    let answers = world.race_of(CALLERS_FOR_ONE, |number, world| {
        let ((token, account), to) = (mine[number % 2].clone(), to.clone());
        async move { (number, change(&world, &token, &account, to, None, Earlier::Ends).await) }
    });
    let answers = answers.await;
    let done: Vec<usize> = answers.iter().filter(|(_, it)| *it == Redeemed::Done).map(|(number, _)| *number).collect();
    let [winner] = done.as_slice() else { panic!("{answers:?}") };
    for (number, answer) in answers.iter().filter(|(number, _)| number != winner) {
        let expected = if number % 2 == winner % 2 { Redeemed::Spent } else { Redeemed::Taken };
        assert_eq!(*answer, expected, "{answers:?}");
    }
    let ((_, winner), (unused, loser)) = (&mine[winner % 2], &mine[(winner + 1) % 2]);
    assert_eq!(stored(&world, unused).await.used_at, None);
    let has = account_of(&world, winner).await;
    assert_eq!((&has.email, has.email_verified_at, has.epoch), (&to, Some(world.now()), Epoch::new(1)));
    assert_eq!(account_of(&world, loser).await, *loser);
}

/// Race: each with a mail of its own.
pub async fn of_all_concurrent_sign_ups_proved_for_one_address_exactly_one_is_done(world: World) {
    let mut mine = Vec::new();
    for number in 0..CALLERS_FOR_ONE {
        let (new, token) = sign_up(&world, "ada", &format!("ada{number}"));
        mine.push((new, issue(&world, token).await));
    }
    let answers = world.race_of(CALLERS_FOR_ONE, |number, world| {
        let (new, token) = mine[number].clone();
        async move { (number, proved(&world, &new, &token).await) }
    });
    let winner = assert_one_used_it(&answers.await);
    for (number, (new, _)) in mine.iter().enumerate() {
        let made = world.store.accounts.account(new.account.id).await.unwrap();
        assert_eq!(made.as_ref(), (number == winner).then_some(&new.account));
    }
}

/// Race, SECURITY EM1 and AZ9: each makes an account of its own out of the same mail.
pub async fn em1_of_all_concurrent_sign_ups_with_one_token_exactly_one_is_done(world: World) {
    let mine: Vec<_> = (0..CALLERS_FOR_ONE)
        .map(|number| sign_up(&world, &format!("ada{number}"), &format!("ada{number}")).0)
        .collect();
    let token = issue(&world, sign_up(&world, "ada", "ada").1).await;
    let answers = world.race_of(CALLERS_FOR_ONE, |number, world| {
        let (new, token) = (mine[number].clone(), token.clone());
        async move { (number, proved(&world, &new, &token).await) }
    });
    let winner = assert_one_used_it(&answers.await);
    for (number, new) in mine.iter().enumerate() {
        let made = world.store.accounts.account(new.account.id).await.unwrap();
        assert_eq!(made.as_ref(), (number == winner).then_some(&new.account));
    }
}

/// Race, SECURITY EM1 and AZ9: one guest more, and it is the one who was told so.
pub async fn em1_of_all_concurrent_acceptances_of_one_invitation_exactly_one_is_done(world: World) {
    let (account, owner) = world.signed_up("ada").await;
    let token = issued(&world, MailPurpose::Invitation, &account, 1).await.id;
    let guests: Vec<_> = (0..CALLERS_FOR_ONE).map(|number| world.user(account.id, &format!("guest{number}"))).collect();
    let answers = world
        .race_of(CALLERS_FOR_ONE, |number, world| {
            let guest = guests[number].clone();
            async move {
                let entry = world.entry(guest.account_id, Act::UserAdded);
                let mail_tokens = &world.store.mail_tokens;
                let redeemed = mail_tokens.accept_invitation(token, guest, 100, entry.clone()).await.unwrap();
                world.assert_logged_exactly_if(redeemed == Redeemed::Done, &entry).await;
                (number, redeemed)
            }
        })
        .await;
    let winner = assert_one_used_it(&answers);
    let mut users = world.store.users.users(account.id).await.unwrap();
    users.retain(|user| user.id != owner.id);
    assert_eq!(users, [guests[winner].clone()]);
}
