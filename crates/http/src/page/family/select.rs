//! `/select`: who is there, of an account with several users. What must stay true: the selection token is in a cookie that no page
//! can read, and a mistyped PIN costs an attempt and not the login.

use axum::{http::StatusCode, response::Response};
use gatewright_core::{
    ChosenUser, Error, Refusal, SelectRequest, Selection,
    model::{Lock, Pin, User, UserId},
};

use crate::page::{
    cookies::PageCookie,
    done::Done,
    filled::Filled,
    mail::whole,
    sheet::{Block, Choice, Field, FieldKind, Form, Label, Sheet, name_of},
    stale,
    text::{Say, Text},
    visit::{Visit, add},
};
use crate::{Problem, route::session_cookies};

pub(in crate::page) const PATH: &str = "/select";
const BESIDE: &str = "select";

/// Leads to this page with what phase one of a login gave.
pub(in crate::page) fn begin(visit: &Visit, selection: &Selection) -> Response {
    let mut response = visit.see(BESIDE);
    let cookie = PageCookie::Selection.set(visit.names(), &selection.token, Some(selection.expires_in));
    add(response.headers_mut(), cookie);
    response
}

/// `GET`: who can be chosen.
pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    if let Some(done) = Done::of(&visit) {
        return Ok(done.show(&visit));
    }
    let token = visit.cookie(PageCookie::Selection)?.unwrap_or_default();
    shown(&visit, token, StatusCode::OK, Again::default()).await
}

/// `POST`: signs the chosen user in.
pub(super) async fn act(visit: Visit, mut filled: Filled) -> Result<Response, Problem> {
    let token = visit.cookie(PageCookie::Selection)?.unwrap_or_default();
    if !visit.knows(&filled, BESIDE, token) {
        return Ok(stale(&visit, BESIDE));
    }
    let pin = filled.take("pin");
    let chosen = filled.text("user").to_owned();
    let error = match request(token, &chosen, pin) {
        Ok(request) => match visit.edge.gate().select(request, &visit.client).await {
            Ok(signed_in) => {
                let mut response = visit.see(&format!("{BESIDE}?done={}", Done::SignedIn.name()));
                for cookie in session_cookies(&visit.edge, &signed_in) {
                    add(response.headers_mut(), cookie);
                }
                add(response.headers_mut(), PageCookie::Selection.delete(visit.names()));
                return Ok(response);
            }
            Err(error) => error,
        },
        Err(error) => error,
    };
    let Some(again) = explain(&error, chosen) else { return Err(error.into()) };
    let status = match again.wrong {
        // Nobody was looked for who is not there.
        Some(("user", _)) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => Problem::from(error).code().status(),
    };
    shown(&visit, token, status, again).await
}

/// What was chosen before, and what is wrong with it.
#[derive(Default)]
struct Again {
    chosen: String,
    notice: Option<Say>,
    wrong: Option<(&'static str, Text)>,
}

fn request(token: &str, chosen: &str, pin: String) -> Result<SelectRequest, Error> {
    let user = chosen.parse::<UserId>().map_err(|_| Refusal::UserNotFound)?;
    let pin = if pin.is_empty() { None } else { Some(Pin::parse("pin", pin)?) };
    Ok(SelectRequest { selection_token: token.to_owned(), user: ChosenUser::Id(user), pin, transport: None })
}

fn explain(error: &Error, chosen: String) -> Option<Again> {
    let wrong = |name, says| {
        Some(Again { chosen: chosen.clone(), notice: Some(Text::CHECK.into()), wrong: Some((name, says)) })
    };
    match error {
        Error::Refused(Refusal::UserNotFound) => wrong("user", Text::NO_CHOICE),
        Error::Refused(Refusal::PinRequired) => wrong("pin", Text::NO_PIN),
        Error::Refused(Refusal::PinWrong) | Error::Invalid(_) => wrong("pin", Text::WRONG_PIN),
        // The page itself says so, when it asks for the users.
        Error::Refused(Refusal::SelectionToken(_)) => Some(Again::default()),
        Error::Throttled { retry_after } => {
            let notice = Text::LIMITED_PIN.with("minutes", whole(*retry_after, 60));
            Some(Again { chosen, notice: Some(notice), wrong: None })
        }
        Error::Refused(_) | Error::OverCapacity { .. } | Error::Unavailable(_) | Error::Bug(_) => None,
    }
}

async fn shown(visit: &Visit, token: &str, status: StatusCode, again: Again) -> Result<Response, Problem> {
    match visit.edge.gate().look_at_selection(token).await {
        Ok(users) => Ok(visit.form(status, &sheet(visit, token, &users, again))),
        Err(Error::Refused(Refusal::SelectionToken(_))) => Ok(over(visit)),
        Err(error) => Err(error.into()),
    }
}

/// There is nothing to choose for: never was, or not any more.
fn over(visit: &Visit) -> Response {
    let sheet = Sheet::new(Text::SELECT_OVER_TITLE).paragraph(Text::SELECT_OVER);
    let mut response = visit.page(StatusCode::BAD_REQUEST, &sheet);
    add(response.headers_mut(), PageCookie::Selection.delete(visit.names()));
    response
}

fn sheet(visit: &Visit, token: &str, users: &[User], again: Again) -> Sheet {
    let error = |name| again.wrong.filter(|(wrong, _)| *wrong == name).map(|(_, says)| says.into());
    let choices = users.iter().map(|user| Choice {
        value: user.id.to_string(),
        label: Label::Is(name_of(user).to_owned()),
        also: user.profile.display_name.as_ref().map(|_| user.username.to_string()),
        detail: (user.lock == Lock::Pin).then(|| Text::WITH_PIN.into()),
    });
    let who = Field::new("user", FieldKind::Choice(choices.collect()), Text::WHO).value(again.chosen.as_str());
    let pin = Field::new("pin", FieldKind::Pin, Text::PIN).hint(Text::PIN_HINT);
    let has_pins = users.iter().any(|user| user.lock == Lock::Pin);
    let fields = [Some(who), has_pins.then_some(pin)].into_iter().flatten();
    let form = Form {
        fields: fields.map(|field| Field { error: error(field.name), ..field }).collect(),
        ..Form::new(Text::SELECT_BUTTON, visit.form_token(BESIDE, token))
    };
    Sheet::new(Text::SELECT_TITLE).noticed(again.notice).paragraph(Text::SELECT_LEAD).block(Block::Form(form))
}
