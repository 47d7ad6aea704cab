//! `/login`: signs in with an address or a username and the password, or has a mail sent that does it.
//!
//! What must stay true: nothing here tells whether an account exists, who signs in did so with a form of this browser, and what was
//! typed is in no address.

use axum::{
    http::{HeaderValue, StatusCode},
    response::Response,
};
use data_encoding::BASE64URL_NOPAD;
use gatewright_core::{
    LoggedIn, LoginRequest,
    model::{AccountId, Email, MagicLinks, Plaintext, Transport},
};

use super::{arrive, fault::Wrong, known};
use crate::{
    Problem,
    extract::Sources,
    page::{
        cookies::PageCookie,
        done::Done,
        family::select,
        filled::Filled,
        next::Next,
        sheet::{Block, Field, FieldKind, Form, Href, Sheet},
        stale,
        text::Text,
        visit::{Visit, add},
    },
    route::remember,
};

pub(super) const PATH: &str = "/login";
pub(super) const BESIDE: &str = "login";
const MAGIC_LINK: &str = "magic-link";

/// What was typed before.
#[derive(Default)]
struct Typed {
    login: String,
    remember: String,
}

/// `GET`: the form, with the account that was chosen among the remembered ones.
pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    if visit.parameter("done").as_deref() == Some(Done::SignedIn.name()) {
        return Ok(visit.page(StatusCode::OK, &onward(&visit)));
    }
    let chosen = visit.parameter("as").and_then(|number| number.parse::<usize>().ok());
    let known = known::read(&visit)?;
    let typed = match chosen.and_then(|number| known.get(number)) {
        Some(one) => Typed { login: one.login.clone(), remember: "yes".to_owned() },
        None => Typed::default(),
    };
    let sheet = sheet(&visit, Next::asked(&visit).as_ref(), &typed, None)?;
    let said = visit.parameter("done").filter(|done| done == "signed-out");
    Ok(visit.form(StatusCode::OK, &sheet.done(said.map(|_| Text::SIGNED_OUT.into()))))
}

/// Leads to another origin than ours, by itself and by a link.
fn onward(visit: &Visit) -> Sheet {
    let to = Next::or_home(Next::asked(visit).as_ref(), &visit.edge);
    let sheet =
        Sheet::new(Text::DONE_SIGNED_IN).block(Block::Link { says: Text::MOMENT_LINK.into(), href: to.clone() });
    match to {
        Href::Out(address) => sheet.leading(address),
        Href::Page(_) => sheet,
    }
}

/// `POST`: signs in, or has a mail sent.
pub(super) async fn act(visit: Visit, mut filled: Filled) -> Result<Response, Problem> {
    if !visit.knows(&filled, BESIDE, "") {
        return Ok(stale(&visit, &visit.here()));
    }
    let next = Next::carried(&visit, &filled);
    let typed = Typed { login: filled.text("login").to_owned(), remember: filled.text("remember").to_owned() };
    let outcome = match filled.text("way") {
        "mail" => ask_mail(&visit, &typed.login, next.as_ref()).await,
        _ => sign_in(&visit, &typed, filled.take("password"), next.as_ref()).await,
    };
    match outcome? {
        Ok(response) => Ok(response),
        Err(wrong) => {
            let sheet = sheet(&visit, next.as_ref(), &typed, Some(&wrong))?;
            Ok(wrong.on(visit.form(wrong.status, &sheet)))
        }
    }
}

async fn sign_in(
    visit: &Visit,
    typed: &Typed,
    password: String,
    next: Option<&Next>,
) -> Result<Result<Response, Wrong>, Problem> {
    let login = typed.login.trim().to_owned();
    if login.is_empty() {
        return Ok(Err(Wrong::field("login", Text::LOGIN_EMPTY)));
    }
    let password = match Plaintext::parse("password", password) {
        Ok(password) => password,
        Err(invalid) => return Ok(Err(invalid.into())),
    };
    // Both tokens go into cookies that no page can read, and pages renew them.
    let transport = Transport::Cookie;
    let request = LoginRequest { login: login.clone(), password, user: None, transport, label: None };
    let (mut response, account) = match visit.edge.gate().login(request, &visit.client).await {
        Ok(LoggedIn::SignedIn(signed_in)) => {
            let to = Next::or_home(next, &visit.edge);
            (arrive(visit, &signed_in, &to).await, Some(signed_in.standing.account.id))
        }
        Ok(LoggedIn::SelectUser(selection)) => {
            let account = selection.users.first().map(|user| user.account_id);
            (select::begin(visit, &selection, next), account)
        }
        Err(error) => return Wrong::of(error).map(Err),
    };
    if let (Some(account), "yes") = (account, typed.remember.as_str()) {
        add(response.headers_mut(), remembered(visit, account, login)?);
    }
    Ok(Ok(response))
}

fn remembered(visit: &Visit, account: AccountId, login: String) -> Result<Option<HeaderValue>, Problem> {
    let known = known::with(known::read(visit)?, known::Known { account, login });
    Ok(known::write(visit, &known))
}

/// Has a mail sent that signs in. What is answered is the same for every address.
async fn ask_mail(visit: &Visit, login: &str, next: Option<&Next>) -> Result<Result<Response, Wrong>, Problem> {
    let Ok(email) = Email::parse("email", login.trim()) else {
        return Ok(Err(Wrong::field("login", Text::LOGIN_MAIL_ADDRESS)));
    };
    mail_to(visit, &email, next).await.map(Ok)
}

/// Has a mail sent to this address, and leads to where its code can be typed.
///
/// # Errors
/// Signing in by mail is switched off, or nothing could be done.
pub(super) async fn mail_to(visit: &Visit, email: &Email, next: Option<&Next>) -> Result<Response, Problem> {
    let mark = visit.edge.gate().ask_magic_link(email, visit.mark.as_ref(), &visit.client).await?;
    let mut response = visit.see(&Next::after(next, MAGIC_LINK));
    response.headers_mut().extend(remember(&visit.edge, &mark));
    // A link of an earlier mail would stand in front of the field for the code.
    add(response.headers_mut(), PageCookie::Link("magic_link").delete(visit.names()));
    add(response.headers_mut(), asked(visit, email));
    Ok(response)
}

/// A `Set-Cookie` with the address that was typed, for the page where the code of the mail is.
pub(super) fn asked(visit: &Visit, email: &Email) -> Option<HeaderValue> {
    PageCookie::Asked.set(visit.names(), &BASE64URL_NOPAD.encode(email.as_str().as_bytes()), None)
}

/// Whether a mail can be had that signs in.
pub(super) fn has_mail(visit: &Visit) -> bool {
    visit.edge.gate().policy().mail.magic_links != MagicLinks::Off
}

fn sheet(visit: &Visit, next: Option<&Next>, typed: &Typed, wrong: Option<&Wrong>) -> Result<Sheet, Problem> {
    let error = |name| wrong.and_then(|wrong| wrong.at(name));
    let login =
        Field::new("login", FieldKind::Identifier, Text::LOGIN_NAME).value(typed.login.as_str()).error(error("login"));
    let password = Field::new("password", FieldKind::OwnPassword, Text::LOGIN_PASSWORD).error(error("password"));
    let keep = Field::new("remember", FieldKind::Tick, Text::LOGIN_REMEMBER).hint(Text::LOGIN_REMEMBER_HINT);
    let mut form = Form::new(Text::LOGIN_BUTTON, visit.form_token(BESIDE, ""))
        .field(login)
        .field(password)
        .field(keep.value(typed.remember.as_str()));
    form.fields.extend(Next::field(next));
    if has_mail(visit) {
        form = form.other("mail", Text::LOGIN_MAIL);
    }
    let link = |says: Text, page: &str| Block::Link { says: says.into(), href: Href::page(Next::after(next, page)) };
    let mut sheet = Sheet::new(Text::LOGIN_TITLE)
        .noticed(wrong.map(|wrong| wrong.notice.clone()))
        .block(Block::Form(form))
        .block(link(Text::LOGIN_FORGOT, super::forgot_password::BESIDE))
        .block(link(Text::LOGIN_SIGN_UP, super::signup::BESIDE));
    if has_choice(visit)? {
        sheet = sheet.block(link(Text::LOGIN_CHOOSE, super::choose_account::BESIDE));
    }
    Ok(sheet)
}

/// Whether this browser has accounts to choose from.
fn has_choice(visit: &Visit) -> Result<bool, Problem> {
    let sessions = Sources::of(visit.headers(), &visit.edge)?.sessions(&visit.edge)?;
    Ok(!sessions.is_empty() || !known::read(visit)?.is_empty())
}
