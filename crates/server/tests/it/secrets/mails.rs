//! Every call of mail, done with what the mails carried.

use serde_json::{Value, json};

use super::calls::{Api, CHANGED, EMAIL, EVE, Tokens};
use crate::mail::{eventually, link, text};

/// What a mail carries.
pub(super) struct Carried {
    pub(super) token: String,
    code: String,
}

impl Api {
    /// What the newest mail to this address carries that leads to this page. Its token is looked for from now on; a code is not: among
    /// so many bytes eight digits are found by chance.
    pub(super) fn carried(&mut self, to: &str, page: &str) -> Carried {
        let (smtp, recipient) = (&self.smtp, format!("RCPT TO:<{to}>"));
        let letter = eventually(page, || {
            let letters = smtp.letters().into_iter().rev();
            letters.filter(|letter| letter.recipients[0] == recipient).find(|letter| text(letter).contains(page))
        });
        let token = link(&letter).split_once("?token=").unwrap().1.to_owned();
        let is_code = |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit());
        let code = text(&letter).split_whitespace().find(is_code).unwrap().to_owned();
        self.canaries.add_secret_text("a token in a mail", "gwm_", &token);
        Carried { token, code }
    }

    fn ask(&mut self, path: &str, email: &str) {
        self.post(path, json!({ "email": email })).expect(202);
    }

    fn by_token(carried: &Carried) -> Value {
        json!({ "token": carried.token })
    }

    /// Proves the address. A changed password would have used that mail up.
    pub(super) fn prove_address(&mut self) {
        let proof = self.carried(EMAIL, "/verify-email");
        self.post("/auth/email/verify", Self::by_token(&proof)).expect(200);
        self.post("/auth/email/verify", Self::by_token(&proof)).expect(400);
    }

    /// Signs in, invites, changes the address, takes that back, and sets a new password. Answers who has signed in.
    pub(super) fn mails(&mut self, ada: &Tokens) -> Tokens {
        for path in ["/auth/email/resend", "/auth/password/forgot"] {
            self.ask(path, "nobody@example.test");
        }

        self.ask("/auth/magic-link", EVE);
        let magic = self.carried(EVE, "/magic-link");
        // The link alone is for the browser that has asked.
        self.post("/auth/magic-link/redeem", Self::by_token(&magic)).expect(403);
        let both = json!({ "token": magic.token, "code": magic.code, "transport": "body" });
        let eve = Tokens::of(&self.post("/auth/magic-link/redeem", both).expect(200));

        let invite = Some(json!({ "email": "kay@example.test" }));
        self.signed(ada, "POST", "/auth/invitations", "", invite).expect(202);
        let invitation = self.carried("kay@example.test", "/invitation");
        let join = json!({ "token": invitation.token, "username": "kay", "transport": "body" });
        self.post("/auth/invitations/accept", join).expect(201);

        let change = Some(json!({ "email": "ada.lovelace@example.test" }));
        self.signed(ada, "PUT", "/auth/email", "", change).expect(202);
        let confirm = self.carried("ada.lovelace@example.test", "/confirm-email");
        self.post("/auth/email/confirm", Self::by_token(&confirm)).expect(204);
        let undo = self.carried(EMAIL, "/undo-email");
        self.post("/auth/email/undo", Self::by_token(&undo)).expect(204);
        let reset = self.carried(EMAIL, "/reset-password");
        let reset = json!({ "token": reset.token, "new_password": CHANGED });
        self.post("/auth/password/reset", reset.clone()).expect(204);
        self.post("/auth/password/reset", reset).expect(400);
        eve
    }
}
