//! Every call of admins and services, with the secrets that only these have.

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::calls::{Api, CHANGED, PASSWORD, Tokens};
use crate::{child::Place, mail::eventually};

/// The secret of the settings for the first admin; it comes second.
pub(super) const BOOTSTRAP: &str = "canary of a bootstrap secret 7319";
const WRONG_SECRET: &str = "canary of a wrong bootstrap secret 7319";

/// A reason is no secret: the owner of the account reads it.
const REASON: &str = "they asked for help";

impl Api {
    /// All that an admin does, with accounts that nobody else uses. Answers the admin.
    pub(super) fn administer(&mut self, place: &Place) -> Tokens {
        let dana = self.first_admin(place);
        let rule = self.rule(&dana);
        self.accounts(&dana);
        self.people(&dana);
        self.keys(&dana, place);
        for path in ["/admin/v1/activity", "/admin/v1/activity/export", "/admin/v1/settings", "/admin/v1/stats"] {
            self.signed(&dana, "GET", path, "", None).expect(200);
        }
        self.deliveries(&dana, &rule);
        self.outbox(&dana);
        dana
    }

    /// A webhook that is asked and told everything from now on.
    fn rule(&mut self, dana: &Tokens) -> String {
        let (all, one) = ("/admin/v1/rules", "/admin/v1/rules/{id}");
        let moments = ["before_sign_up", "before_token", "after"];
        let namespace = "https://shop.example.test/";
        let new = json!({ "name": "the shop", "url": self.receiver.url(), "moments": moments, "namespace": namespace });
        let made = self.signed(dana, "POST", all, "", Some(new)).expect(201);
        let id = made.text("id");
        let begin = Some(json!({ "step": "begin" }));
        let path = "/admin/v1/rules/{id}/rotate-secret";
        let other = self.signed(dana, "POST", path, &id, begin).expect(200);
        for secret in [made.text("secret"), other.text("secret")] {
            self.canaries.add("the secret of a webhook", &secret);
            let digits = secret.strip_prefix("whsec_").unwrap();
            self.canaries.add("the bytes of the secret of a webhook", BASE64.decode(digits.as_bytes()).unwrap());
        }
        let tested = self.signed(dana, "POST", "/admin/v1/rules/{id}/test", &id, None).expect(200);
        assert_eq!(tested.json()["status"], 200, "{}", tested.body);
        self.signed(dana, "POST", path, &id, Some(json!({ "step": "finish" }))).expect(200);
        self.signed(dana, "GET", all, "", None).expect(200);
        self.signed(dana, "GET", one, &id, None).expect(200);
        self.signed(dana, "PATCH", one, &id, Some(json!({ "name": "the shop's" }))).expect(200);
        id
    }

    fn deliveries(&mut self, dana: &Tokens, rule: &str) {
        let (path, query) = ("/admin/v1/deliveries", format!("rule_id={rule}&state=delivered"));
        let delivered = eventually("a delivery", || {
            let page = self.query(dana, path, &query).expect(200).json();
            let of_sign_up = |one: &&Value| one["act"] == "signed_up";
            let found = page["deliveries"].as_array().unwrap().iter().find(of_sign_up)?;
            Some(found["id"].as_str().unwrap().to_owned())
        });
        self.signed(dana, "POST", "/admin/v1/deliveries/{id}/replay", &delivered, None).expect(202);
        self.signed(dana, "DELETE", "/admin/v1/rules/{id}", rule, None).expect(204);
    }

    /// What has become of mails: not what they say, nor to whom.
    fn outbox(&mut self, dana: &Tokens) {
        let listed = self.query(dana, "/admin/v1/mails", "state=sent").expect(200);
        assert!(!listed.body.contains('@'), "{}", listed.body);
        let sent = listed.json()["mails"][0]["id"].as_str().unwrap().to_owned();
        self.signed(dana, "POST", "/admin/v1/mails/{id}/retry", &sent, None).expect(404);
    }

    fn first_admin(&mut self, place: &Place) -> Tokens {
        self.canaries.add("a bootstrap secret", BOOTSTRAP);
        self.canaries.add("a wrong bootstrap secret", WRONG_SECRET);
        let printed = place.run(&["admin", "bootstrap", "--json"]).well().json()["secret"].as_str().unwrap().to_owned();
        self.canaries.add_secret_text("a printed bootstrap secret", "gwb_", &printed);
        let with = |secret: &str| json!({ "secret": secret, "email": "dana@example.test", "password": PASSWORD, "transport": "body" });
        let path = "/admin/v1/bootstrap";
        self.post(path, with(WRONG_SECRET)).expect_problem(401, "invalid_credentials");
        let dana = Tokens::of(&self.post(path, with(&printed)).expect(201));
        self.post(path, with(&printed)).expect_problem(401, "invalid_credentials");
        self.post(path, with(BOOTSTRAP)).expect_problem(409, "bootstrap_closed");
        dana
    }

    fn accounts(&mut self, dana: &Tokens) {
        let (all, one) = ("/admin/v1/accounts", "/admin/v1/accounts/{id}");
        let new = json!({ "email": "noor@example.test", "username": "noor" });
        let id = self.signed(dana, "POST", all, "", Some(new)).expect(201).text("id");
        let chosen = self.carried("noor@example.test", "/reset-password");
        let body = json!({ "token": chosen.token, "new_password": CHANGED });
        self.post("/auth/password/reset", body).expect(204);
        // An admin never chooses a password (SECURITY PW18).
        for member in ["password", "new_password"] {
            self.signed(dana, "PATCH", one, &id, Some(json!({ member: CHANGED }))).expect(422);
        }
        self.signed(dana, "GET", all, "", None).expect(200);
        self.signed(dana, "GET", one, &id, None).expect(200);
        self.signed(dana, "POST", "/admin/v1/accounts/{id}/reset", &id, None).expect(202);
        self.carried("noor@example.test", "/reset-password");
        for disabled in [true, false] {
            self.signed(dana, "PATCH", one, &id, Some(json!({ "disabled": disabled }))).expect(200);
        }
        self.signed(dana, "DELETE", one, &id, None).expect(204);
    }

    /// Users, roles and sessions.
    fn people(&mut self, dana: &Tokens) {
        let role = "/admin/v1/roles/{name}";
        let permissions = json!({ "permissions": ["accounts:read", "pages:read"] });
        self.signed(dana, "PUT", role, "support", Some(permissions)).expect(200);
        self.signed(dana, "GET", "/admin/v1/roles", "", None).expect(200);

        let sign_up =
            json!({ "email": "sam@example.test", "password": PASSWORD, "username": "sam", "transport": "body" });
        let signed_up = self.post("/auth/signup", sign_up).expect(201);
        let sam = Tokens::of(&signed_up);
        let id = signed_up.json()["user"]["id"].as_str().unwrap().to_owned();
        let add = Some(json!({ "username": "tom" }));
        let tom = self.signed(&sam, "POST", "/auth/users", "", add).expect(201).text("id");
        let one = "/admin/v1/users/{id}";
        let change = json!({ "roles": ["support"], "app_metadata": { "plan": "free" } });
        self.signed(dana, "PATCH", one, &id, Some(change)).expect(200);
        self.signed(dana, "GET", "/admin/v1/users", "", None).expect(200);
        self.signed(dana, "GET", one, &id, None).expect(200);
        self.signed(dana, "DELETE", one, &tom, None).expect(204);

        let reason = Some(json!({ "reason": REASON }));
        let as_sam = self.signed(dana, "POST", "/admin/v1/users/{id}/impersonate", &id, reason).expect(201);
        let as_sam = Tokens { access: as_sam.text("access_token"), refresh: String::new() };
        self.signed(&as_sam, "GET", "/auth/me", "", None).expect(200);
        let change = Some(json!({ "current_password": PASSWORD, "new_password": CHANGED }));
        self.signed(&as_sam, "PUT", "/auth/password", "", change).expect(403);

        let path = "/admin/v1/sessions";
        let listed = self.query(dana, path, &format!("user_id={id}")).expect(200);
        let session = listed.json()["sessions"][0]["id"].as_str().unwrap().to_owned();
        self.signed(dana, "DELETE", "/admin/v1/sessions/{id}", &session, None).expect(204);
        self.signed(dana, "DELETE", role, "support", None).expect(204);
    }

    /// Signing keys, service keys, and what services ask.
    fn keys(&mut self, dana: &Tokens, place: &Place) {
        self.signed(dana, "GET", "/admin/v1/keys", "", None).expect(200);
        // They are too young, or not ours to rotate.
        let rotated = self.signed(dana, "POST", "/admin/v1/keys/rotate", "", None);
        assert_eq!(rotated.status, 409, "{}", rotated.body);

        let path = "/admin/v1/service-keys";
        let new = json!({ "name": "the shop", "permissions": ["tokens:introspect", "tokens:revoke"] });
        let made = self.signed(dana, "POST", path, "", Some(new)).expect(201);
        let (id, key) = (made.text("id"), made.text("key"));
        self.canaries.add_secret_text("a service key", "gwk_", &key);
        let create = ["service-key", "create", "--name", "by hand", "--permission", "accounts:read", "--json"];
        let by_hand = place.run(&create).well().json()["key"].as_str().unwrap().to_owned();
        self.canaries.add_secret_text("a service key", "gwk_", &by_hand);
        self.signed(dana, "GET", path, "", None).expect(200);
        self.signed(&Tokens { access: by_hand, refresh: String::new() }, "GET", "/admin/v1/accounts", "", None)
            .expect(200);

        let eve = json!({ "email": "tess@example.test", "password": PASSWORD, "transport": "body" });
        let tess = Tokens::of(&self.post("/auth/signup", eve).expect(201));
        for token in [&tess.access, &tess.refresh] {
            assert_eq!(self.form(&key, "/auth/introspect", token).expect(200).json()["active"], true);
        }
        self.form(&key, "/auth/revoke", &tess.refresh).expect(200);
        assert_eq!(self.form(&key, "/auth/introspect", &tess.access).expect(200).json()["active"], false);
        // In an address it is in a log already, and good for nothing in that request.
        self.query(dana, path, &format!("key={key}")).expect_problem(400, "token_in_query");
        self.signed(dana, "DELETE", "/admin/v1/service-keys/{id}", &id, None).expect(204);
        self.form(&key, "/auth/introspect", &tess.access).expect(401);
    }
}
