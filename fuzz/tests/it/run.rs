//! Running them.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use gatewright_fuzz::{ALL, close};

use crate::{corpora::corpus, mutator::Mutator};

/// Where the mutator begins. Another one is tried by changing it here; what it finds goes into the corpus.
const SEED: u64 = 0x6761_7465_7772_6967;
/// The most inputs of a target, and the time after which no further one begins.
const MOST: usize = 20_000;
const TIME: Duration = Duration::from_millis(2500);

#[expect(clippy::disallowed_methods, reason = "a bound on a test's own time; nothing that it tries looks at a clock")]
fn run(name: &str) {
    let target = ALL.iter().find(|target| target.name == name).expect("a target of that name");
    let inputs = corpus(name);
    let judge = |input: &[u8], what: &str| {
        if catch_unwind(AssertUnwindSafe(|| (target.run)(input))).is_err() {
            panic!("{name}: {what} makes it fail, seed {SEED:#x}:\n{}", input.escape_ascii());
        }
    };
    judge(b"", "nothing at all");
    for (at, input) in inputs.iter().enumerate() {
        judge(input, &format!("input {at} of the corpus"));
    }
    let begun = Instant::now();
    let mut mutator = Mutator::new(SEED, inputs);
    let mut tried = 0;
    while tried < MOST && begun.elapsed() < TIME {
        judge(&mutator.next(), &format!("mutation {tried}"));
        tried += 1;
    }
    println!("{name}: {tried} mutations, seed {SEED:#x}");
    close();
    assert!(tried > 20, "{name} tried only {tried} inputs in {TIME:?}");
}

macro_rules! tests {
    ($($name:ident = $sentence:ident;)*) => {
        $(
            #[test]
            fn $sentence() {
                run(stringify!($name));
            }
        )*

        #[test]
        fn every_target_is_run() {
            let run = [$(stringify!($name)),*];
            assert_eq!(run.to_vec(), ALL.iter().map(|target| target.name).collect::<Vec<_>>());
        }
    };
}

tests! {
    authorization_header = an_authorization_header_lets_in_whoever_has_the_token_and_nobody_else;
    configuration_file = a_configuration_file_is_taken_or_refused_without_its_secrets;
    configuration_variables = variables_are_taken_or_refused_without_their_secrets;
    cookie_header = a_cookie_header_lets_in_whoever_has_the_token_and_nobody_else;
    email = an_address_that_is_taken_is_taken_again_and_can_forge_no_header;
    forwarded_headers = only_our_own_proxies_say_who_is_calling;
    framing = a_message_with_two_possible_ends_never_passes;
    json_body = any_body_of_any_operation_is_taken_or_refused_with_a_code;
    key_address = keys_come_from_this_machine_or_over_tls;
    key_set = a_key_set_that_is_taken_says_what_every_reader_finds_in_it;
    master_key = a_master_key_has_the_bytes_that_every_reader_finds;
    metadata = metadata_is_kept_as_every_reader_understands_it;
    origin = an_origin_has_one_form;
    password_hash = a_stored_hash_has_one_text;
    path_and_query = any_path_and_any_query_is_answered_with_a_code;
    refresh_token = nobody_makes_a_refresh_token_but_us;
    refresh_token_made = a_refresh_token_has_one_spelling;
    request_headers = headers_alone_sign_nobody_in_and_no_foreign_page_passes;
    route_rules = one_rule_answers_for_a_path_however_somebody_reads_it;
    short_texts = what_is_taken_forges_no_line;
    signing_key = a_private_key_that_is_taken_is_sealed_and_opened_as_itself;
    token_claims = claims_that_are_taken_say_what_every_reader_finds_in_them;
    token_header = a_header_that_is_taken_names_our_algorithm_kind_and_key;
    token_text = nobody_makes_an_access_token_but_us;
    username = a_username_that_is_taken_is_kept_as_one_that_can_be_typed;
    webhook_address = an_address_that_is_not_public_is_never_called;
    webhook_url = a_webhook_leads_where_a_browser_reads_that_it_leads;
}
