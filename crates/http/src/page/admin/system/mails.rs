//! `/admin/mails`: what has become of each mail, and one more try. What must stay true: neither to whom a mail goes nor what it says is
//! shown (SECURITY LG2).

use axum::response::Response;
use gatewright_core::{
    Allowed, Error, Refusal,
    model::LetterId,
    port::{LetterFilter, LetterState, LetterSummary, OutboxStats},
    rights,
};

use super::{
    PER_PAGE, address, also,
    fault::{Fault, status, told},
    filter, href, one_spelling, parameter,
};
use crate::page::{
    admin::{self, Place},
    filled::Filled,
    member::{Member, Stop},
    sheet::{Block, Choice, Fact, Form, Href, Item, Label, Tile, Tone},
    text::Text,
};

const PAGE: &str = "admin/mails";
const STATES: [LetterState; 3] = [LetterState::Waiting, LetterState::GivenUp, LetterState::Sent];

/// `GET`: the mails, newest first.
pub(super) async fn show(member: Member) -> Result<Response, Stop> {
    let by = member.allowed::<rights::MailsRead>().await?;
    shown(&member, &by, None).await
}

/// `POST`: one of them is tried again.
pub(super) async fn act(member: Member, filled: Filled) -> Result<Response, Stop> {
    let by = member.allowed::<rights::MailsWrite>().await?;
    member.check(&filled, PAGE)?;
    let gate = member.visit.edge.gate();
    let retried = match one_spelling::<LetterId>(filled.text("of")) {
        Some(id) => gate.retry_mail(&by, id, &member.visit.client).await.map(drop),
        None => Err(Refusal::NotFound.into()),
    };
    match retried {
        Ok(()) => {
            let state = member.visit.parameter("state").unwrap_or_default();
            Ok(member.visit.see(&address(PAGE, &[("state", &state), ("done", "retried")])))
        }
        Err(error @ Error::Refused(Refusal::NotFound)) => {
            let read = member.allowed::<rights::MailsRead>().await?;
            shown(&member, &read, Some(&Fault::refused(error, Text::MAILS_OVER))).await
        }
        Err(error) => Err(member.stop(error)),
    }
}

async fn shown(member: &Member, by: &Allowed<rights::MailsRead>, fault: Option<&Fault>) -> Result<Response, Stop> {
    let (visit, gate) = (&member.visit, member.visit.edge.gate());
    let state = parameter(visit, "state", LetterState::from_name)?;
    let before = parameter(visit, "cursor", one_spelling)?;
    let page = gate.list_mails(by, LetterFilter { state, before, limit: PER_PAGE }).await?;
    let stats = gate.mail_stats(by).await?;
    let may_retry = also::<_, rights::MailsWrite>(by).is_some();
    let token = may_retry.then(|| member.form_token(PAGE));
    let accounts = also::<_, rights::AccountsRead>(by);
    let items = page.mails.iter().map(|mail| item(mail, token.as_deref(), accounts.as_ref())).collect();
    let chosen = state.map_or("", LetterState::name);
    let choices = STATES.map(|state| Choice::new(state.name(), Label::Says(says(state).into())));
    let next = page.next.map(|next| href(PAGE, &[("state", chosen), ("cursor", &next.to_string())]));
    let asking = Form::asking(Text::SYS_FILTER);
    let filter = asking.field(filter("state", Text::SYS_STATE, Text::SYS_ALL, choices.to_vec(), chosen));
    let done = member.was_done().filter(|done| done == "retried").map(|_| Text::MAILS_RETRIED);
    let sheet = told(admin::sheet(member, Place::Mails, Text::MAILS_TITLE), fault, done)
        .paragraph(Text::MAILS_LEAD)
        .block(Block::Tiles(tiles(&stats)))
        .block(Block::Form(filter))
        .block(Block::Items { items, empty: Text::MAILS_NONE.into() })
        .block(Block::Pager { first: before.map(|_| href(PAGE, &[("state", chosen)])), next })
        .block(Block::Small(Text::MAILS_LOST.into()));
    Ok(member.form(status(fault), &sheet))
}

fn tiles(stats: &OutboxStats) -> Vec<Tile> {
    let count = |state: LetterState, count| Tile {
        label: says(state).into(),
        value: Fact::Count(count),
        href: Some(href(PAGE, &[("state", state.name())])),
    };
    let oldest = stats.oldest.map(|at| Tile { label: Text::MAILS_OLDEST.into(), value: Fact::When(at), href: None });
    let counts = [count(LetterState::Waiting, stats.waiting), count(LetterState::GivenUp, stats.given_up)];
    counts.into_iter().chain(oldest).collect()
}

fn item(mail: &LetterSummary, token: Option<&str>, accounts: Option<&Allowed<rights::AccountsRead>>) -> Item {
    // A try clears what went wrong in the one before, so who has tried and knows nothing of it is trying.
    let is_being_sent = mail.state == LetterState::Waiting && mail.attempts > 0 && mail.last_error.is_none();
    let title = kind(&mail.kind).map_or_else(|| Fact::Code(mail.kind.clone()), |says| Fact::Says(says.into()));
    let mut item = match mail.state {
        LetterState::Waiting if is_being_sent => Item::new(title).badge(Text::MAILS_SENDING, Tone::Plain),
        LetterState::Waiting => Item::new(title).badge(Text::MAILS_WAITING, Tone::Quiet),
        LetterState::Sent => Item::new(title).badge(Text::MAILS_SENT, Tone::Good),
        LetterState::GivenUp => Item::new(title).badge(Text::MAILS_GIVEN_UP, Tone::Grave),
    };
    item = item.detail(Text::MAILS_WRITTEN, Fact::When(mail.written_at));
    item = item.detail(Text::SYS_ATTEMPTS, Fact::Count(mail.attempts.into()));
    if let Some(at) = mail.due_at.filter(|_| !is_being_sent) {
        item = item.detail(Text::SYS_NEXT_TRY, Fact::When(at));
    }
    if let Some(at) = mail.done_at {
        let label = if mail.state == LetterState::Sent { Text::MAILS_DONE_SENT } else { Text::MAILS_DONE_GIVEN_UP };
        item = item.detail(label, Fact::When(at));
    }
    if let Some(id) = mail.account_id.filter(|_| accounts.is_some()) {
        let text = id.to_string();
        let href = Href::page(format!("admin/accounts/{text}"));
        item = item.detail(Text::MAILS_ACCOUNT, Fact::Linked { text, href });
    }
    if let Some(error) = &mail.last_error {
        item = item.detail(Text::SYS_LAST_ERROR, Fact::Is(error.clone()));
    }
    match token.filter(|_| mail.state == LetterState::Waiting && mail.last_error.is_some()) {
        Some(token) => {
            let retry = Form::new(Text::MAILS_RETRY, token.to_owned());
            item.form(retry.act("retry", mail.id.to_string()).tone(Tone::Quiet))
        }
        None => item,
    }
}

const fn says(state: LetterState) -> Text {
    match state {
        LetterState::Waiting => Text::MAILS_WAITING,
        LetterState::Sent => Text::MAILS_SENT,
        LetterState::GivenUp => Text::MAILS_GIVEN_UP,
    }
}

/// What a mail is about. A newer node may write kinds that this one has no words for.
fn kind(name: &str) -> Option<Text> {
    Some(match name {
        "verify_email" => Text::MAIL_VERIFY_EMAIL,
        "sign_up" => Text::MAIL_SIGN_UP,
        "already_signed_up" => Text::MAIL_ALREADY_SIGNED_UP,
        "reset_password" => Text::MAIL_RESET_PASSWORD,
        "magic_link" => Text::MAIL_MAGIC_LINK,
        "confirm_email" => Text::MAIL_CONFIRM_EMAIL,
        "email_changed" => Text::MAIL_EMAIL_CHANGED,
        "invitation" => Text::MAIL_INVITATION,
        "new_device" => Text::MAIL_NEW_DEVICE,
        "password_changed" => Text::MAIL_PASSWORD_CHANGED,
        "session_theft" => Text::MAIL_SESSION_THEFT,
        "second_step_failed" => Text::MAIL_SECOND_STEP_FAILED,
        "test" => Text::MAIL_TEST,
        _ => return None,
    })
}
