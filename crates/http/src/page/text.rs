//! Everything that a page can say, by name. What must stay true: each name here stands once in the file of every language, and no
//! other does, so that what compiles can be said in all of them.

use minijinja::Value;

/// A sentence or a few words in the files of the languages.
macro_rules! texts {
    ($($variant:ident = $name:literal,)*) => {
        /// A line of `templates/en.txt` and of its like in the other languages.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Text {
            $(#[doc = $name] $variant,)*
        }

        impl Text {
            /// Every one of them.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// As the files name it.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

texts! {
    Dir = "dir",
    Moment = "moment",
    Months = "months",
    Email = "email",
    Code = "code",
    CodeHint = "code_hint",
    NewPassword = "new_password",
    NewPasswordHint = "new_password_hint",
    SignUpPassword = "sign_up_password",
    Username = "username",
    UsernameHint = "username_hint",
    Pin = "pin",
    PinHint = "pin_hint",
    Who = "who",
    WithPin = "with_pin",
    Asked = "asked",
    BadEmail = "bad_email",
    BadCode = "bad_code",
    WrongCode = "wrong_code",
    NoPassword = "no_password",
    WrongPassword = "wrong_password",
    ShortPassword = "short_password",
    CommonPassword = "common_password",
    LongPassword = "long_password",
    NoUsername = "no_username",
    BadUsername = "bad_username",
    LongUsername = "long_username",
    TakenUsername = "taken_username",
    NoChoice = "no_choice",
    NoPin = "no_pin",
    WrongPin = "wrong_pin",
    Check = "check",
    Limited = "limited",
    LimitedPin = "limited_pin",
    ByCode = "by_code",
    NotYou = "not_you",
    VerifyTitle = "verify_title",
    VerifyLead = "verify_lead",
    VerifyButton = "verify_button",
    FinishTitle = "finish_title",
    FinishLead = "finish_lead",
    FinishElsewhere = "finish_elsewhere",
    FinishButton = "finish_button",
    ResetTitle = "reset_title",
    ResetLead = "reset_lead",
    ResetButton = "reset_button",
    MagicTitle = "magic_title",
    MagicButton = "magic_button",
    MagicLead = "magic_lead",
    MagicElsewhere = "magic_elsewhere",
    MagicWarning = "magic_warning",
    MagicCodeButton = "magic_code_button",
    CodeToo = "code_too",
    ConfirmTitle = "confirm_title",
    ConfirmLead = "confirm_lead",
    ConfirmButton = "confirm_button",
    UndoTitle = "undo_title",
    UndoLead = "undo_lead",
    UndoButton = "undo_button",
    InvitationTitle = "invitation_title",
    InvitationLead = "invitation_lead",
    InvitationButton = "invitation_button",
    SelectTitle = "select_title",
    SelectLead = "select_lead",
    SelectButton = "select_button",
    SelectOverTitle = "select_over_title",
    SelectOver = "select_over",
    DeadTitle = "dead_title",
    DeadWhy = "dead_why",
    DeadNext = "dead_next",
    StaleTitle = "stale_title",
    StaleWhy = "stale_why",
    StaleNext = "stale_next",
    Again = "again",
    DoneSignedIn = "done_signed_in",
    DoneSignedInNext = "done_signed_in_next",
    DoneSignedUp = "done_signed_up",
    DoneSignedUpNext = "done_signed_up_next",
    DoneVerified = "done_verified",
    DoneVerifiedNext = "done_verified_next",
    DonePassword = "done_password",
    DonePasswordNext = "done_password_next",
    DoneEmail = "done_email",
    DoneEmailNext = "done_email_next",
    DoneUndone = "done_undone",
    DoneUndoneNext = "done_undone_next",
    DoneJoined = "done_joined",
    DoneJoinedNext = "done_joined_next",
    Home = "home",
    RefusedTitle = "refused_title",
    Refused = "refused",
    MissingTitle = "missing_title",
    Missing = "missing",
    MalformedTitle = "malformed_title",
    Malformed = "malformed",
    LimitedTitle = "limited_title",
    LimitedNext = "limited_next",
    BusyTitle = "busy_title",
    Busy = "busy",
    DefectTitle = "defect_title",
    Defect = "defect",
    ConflictTitle = "conflict_title",
    Conflict = "conflict",
    RequestId = "request_id",
    SignInTitle = "sign_in_title",
    SignInLead = "sign_in_lead",
    SignInLink = "sign_in_link",
    MomentTitle = "moment_title",
    MomentLead = "moment_lead",
    MomentLink = "moment_link",
}

/// A text together with what it needs to be said.
#[derive(Clone, Debug)]
pub(crate) struct Say {
    pub(super) text: Text,
    pub(super) values: Vec<(&'static str, Value)>,
}

impl Say {
    /// The same with one more value.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.values.push((name, value.into()));
        self
    }
}

impl From<Text> for Say {
    fn from(text: Text) -> Self {
        Self { text, values: Vec::new() }
    }
}

impl Text {
    /// With a value.
    pub(crate) fn with(self, name: &'static str, value: impl Into<Value>) -> Say {
        Say::from(self).with(name, value)
    }
}
