//! What there is to look at in a fresh `gatewright dev`: a demo account with three users, an admin, roles, and some activity.
//!
//! What must stay true: it is made by the acts that everybody else has, so that nothing is there which could not have come about; and
//! by nothing but `dev` (SECURITY PW19): the passwords are no secrets.

use std::net::{IpAddr, Ipv4Addr};

use crate::gate::{
    AccountKey, Admin, BootstrapSecret, Error, FirstAdmin, Gatewright, NewUser, Openness, Refusal, SignUpRequest,
    UserAdministration,
    model::{
        Account, AccountId, ClientInfo, ClientLabel, Email, Login, Permission, Pin, Plaintext, ProfilePatch, RoleName,
        Roles, Transport, User, UserAgent, Username,
    },
    rights,
};

pub(super) const EMAIL: &str = "demo@example.test";
pub(super) const PASSWORD: &str = "violet otter lantern";
pub(super) const OWNER: &str = "ada";
pub(super) const WITH_PIN: &str = "ben";
pub(super) const PIN: &str = "2468";
pub(super) const CHILD: &str = "cleo";

pub(super) const ADMIN_EMAIL: &str = "admin@example.test";
pub(super) const ADMIN_PASSWORD: &str = "copper heron railway";
pub(super) const ADMIN: &str = "dana";
/// Somebody whom the admin has disabled.
const FORMER_EMAIL: &str = "former@example.test";
const FORMER: &str = "felix";

/// What the admin's session says that it is.
const CLIENT: &str = "gatewright dev";

/// The roles that the admin has defined, and what they let their users do.
const ROLES: [(&str, &[&str]); 2] = [
    ("editor", &["pages:read", "pages:write"]),
    ("support", &["accounts:read", "users:read", "sessions:read", "activity:read"]),
];

/// Whether the demo's admin can be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Administration {
    /// By the demo's admin.
    Demo,
    /// By another one, whom somebody has made instead of it.
    Other,
}

/// Makes whatever is not there.
pub(super) async fn seed(gate: &Gatewright) -> Result<Administration, Error> {
    if !is_there(gate, EMAIL).await? {
        let (account, _) = create(gate, EMAIL, PASSWORD, OWNER, "Ada").await?;
        add(gate, account.id, WITH_PIN, "Ben", Some(Pin::parse("pin", PIN.to_owned())?)).await?;
        add(gate, account.id, CHILD, "Cleo", None).await?;
    }
    if is_there(gate, ADMIN_EMAIL).await? {
        return Ok(Administration::Demo);
    }
    match gate.operator().open_bootstrap().await {
        Ok(secret) => administer(gate, secret).await.map(|()| Administration::Demo),
        Err(Error::Refused(Refusal::BootstrapClosed)) => Ok(Administration::Other),
        Err(error) => Err(error),
    }
}

async fn is_there(gate: &Gatewright, email: &str) -> Result<bool, Error> {
    match gate.operator().show_account(&AccountKey::Login(Login::parse("login", email)?)).await {
        Ok(_) => Ok(true),
        Err(Error::Refused(Refusal::NotFound)) => Ok(false),
        Err(error) => Err(error),
    }
}

pub(super) async fn create(
    gate: &Gatewright,
    email: &str,
    password: &str,
    name: &str,
    shown: &str,
) -> Result<(Account, User), Error> {
    gate.operator().create_account(request(email, password, name, shown)?).await
}

fn request(email: &str, password: &str, name: &str, shown: &str) -> Result<SignUpRequest, Error> {
    Ok(SignUpRequest {
        email: Email::parse("email", email)?,
        password: Plaintext::parse("password", password.to_owned())?,
        username: Some(Username::parse("username", name)?),
        profile: called(shown),
        transport: Transport::Body,
        label: Some(ClientLabel::parse("client", CLIENT)?),
    })
}

async fn add(gate: &Gatewright, account: AccountId, name: &str, shown: &str, pin: Option<Pin>) -> Result<(), Error> {
    let username = Username::parse("username", name)?;
    gate.operator().add_user(account, NewUser { username, profile: called(shown), pin }).await.map(drop)
}

fn called(name: &str) -> ProfilePatch {
    ProfilePatch { display_name: Some(Some(name.to_owned())), ..ProfilePatch::default() }
}

/// What the first admin has done before anybody looks: defined roles, given one, disabled somebody.
async fn administer(gate: &Gatewright, secret: BootstrapSecret) -> Result<(), Error> {
    let client = ClientInfo {
        ip: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        user_agent: UserAgent::from_header(CLIENT),
        received_at: gate.now(),
    };
    let first = FirstAdmin { secret, request: request(ADMIN_EMAIL, ADMIN_PASSWORD, ADMIN, "Dana")? };
    let signed_in = gate.bootstrap(first, &client).await?;
    let caller = gate.authenticate(&signed_in.access_token).await?;
    let dana: Admin = gate.admin(&caller).await?;

    let may_define = dana.clone().demand::<rights::RolesWrite>()?;
    for (name, permissions) in ROLES {
        let permissions = permissions.iter().map(|text| permission(text)).collect();
        gate.put_role(&may_define, role(name), permissions, &client).await?;
    }
    let demo = gate.operator().show_account(&AccountKey::Login(Login::parse("login", EMAIL)?)).await?;
    let may_give = dana.clone().demand::<rights::UsersWrite>()?;
    for user in demo.users.iter().filter(|user| user.username.as_str() == OWNER) {
        let wanted = UserAdministration { roles: Some(Roles::new(vec![role("editor")])), ..Default::default() };
        gate.administer_user(&may_give, user.id, &wanted, &client).await?;
    }
    let (former, _) = create(gate, FORMER_EMAIL, ADMIN_PASSWORD, FORMER, "Felix").await?;
    let may_disable = dana.demand::<rights::AccountsWrite>()?;
    gate.set_account_openness(&may_disable, former.id, Openness::Disabled, &client).await?;
    gate.operator().end_session(signed_in.standing.session.id).await.map(drop)
}

fn role(name: &str) -> RoleName {
    name.parse().expect("the names above are role names")
}

fn permission(text: &str) -> Permission {
    text.parse().expect("the texts above are permissions")
}
