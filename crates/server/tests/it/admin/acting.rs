//! Acting as a user, for as long as the settings let one.

use serde_json::json;

use super::{call, first_admin, service_key};
use crate::{
    child::Place,
    client::{post_form, sign_up},
};

#[test]
fn az6_whoever_acts_as_a_user_can_do_so_for_as_long_as_is_set_and_no_longer() {
    let place = Place::new().with("ACCESS_TTL", "5m").with("IMPERSONATION_MAX", "2h");
    let server = place.serve();
    let dana = first_admin(&place, server.api);
    let ada = sign_up(server.api, "ada@example.test").json()["user"]["id"].as_str().unwrap().to_owned();
    let path = format!("/admin/v1/users/{ada}/impersonate");
    let act = |expires_in: u64| {
        let body = json!({ "reason": "they asked for help", "expires_in": expires_in }).to_string();
        call(server.api, &dana, "POST", &path, &body)
    };
    act(7201).expect_problem(422, "validation_failed");
    let (_, key) = service_key(&place, &["tokens:introspect"]);
    // Also for longer than an access token lives otherwise.
    for expires_in in [60, 301, 7200] {
        let acting = act(expires_in).expect(201).text("access_token");
        let me = call(server.api, &acting, "GET", "/auth/me", "").expect(200);
        assert_eq!(me.json()["user"]["id"], ada.as_str());
        let asked = post_form(server.api, "/auth/introspect", &key, &format!("token={acting}")).expect(200).json();
        assert_eq!((&asked["active"], &asked["act"]["kind"]), (&json!(true), &json!("user")), "{asked}");
        call(server.api, &acting, "DELETE", "/auth/account", "").expect_problem(403, "permission_denied");
    }
}
