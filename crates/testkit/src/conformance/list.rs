//! The list of all cases, from which `conformance!` makes one test each. A test below holds that none is missing.

/// Makes one test of each case of every port for this [`Backend`](crate::conformance::Backend).
#[macro_export]
macro_rules! conformance {
    ($backend:ty) => {
        $crate::conformance!(@port $backend, accounts, accounts:
            a_signed_up_account_is_there_with_its_owner_and_its_password,
            an_account_that_is_not_there_is_none,
            a_taken_address_writes_nothing,
            a_taken_username_or_one_that_looks_like_it_writes_nothing,
            of_all_concurrent_sign_ups_with_one_address_exactly_one_is_done,
            of_all_concurrent_sign_ups_with_one_username_exactly_one_is_done,
            a_login_finds_the_account_by_its_address_or_by_a_name_of_its_users,
            se7_disabling_an_account_ends_its_sessions_and_enabling_revives_none,
            a_deleted_account_leaves_what_is_not_personal_in_its_log_and_nothing_else,
            of_all_concurrent_deletions_exactly_one_is_done,
            no_session_of_an_account_survives_its_deletion,
        );
        $crate::conformance!(@port $backend, activity_log, activity_log:
            an_entry_comes_out_as_it_was_put_in,
            the_log_of_nobody_is_empty,
            a_page_has_the_newest_first_and_goes_on_before_the_last,
            concurrent_entries_are_all_there,
        );
        $crate::conformance!(@port $backend, activity_log_chain, activity_log::chain:
            lg6_each_entry_gets_its_place_after_the_one_before,
            lg6_concurrent_entries_are_one_chain_without_a_gap_or_a_place_that_is_given_twice,
            lg6_each_change_has_exactly_one_entry_in_the_chain_and_what_was_not_done_none,
            lg6_old_entries_go_from_the_beginning_and_the_chain_holds,
            lg6_what_comes_later_in_the_chain_never_goes_before_what_came_earlier,
            lg6_what_is_personal_is_erased_from_old_entries_and_the_chain_holds,
            lg6_deleting_an_account_erases_what_is_personal_and_the_chain_holds,
            lg6_the_chain_holds_while_old_entries_go_and_accounts_are_deleted,
            what_happened_is_counted_by_the_hour,
            concurrent_counts_are_all_added,
            old_counts_are_forgotten,
            checkpoints_are_kept_and_the_oldest_go,
        );
        $crate::conformance!(@port $backend, activity_log_pages, activity_log::pages:
            who_did_it_and_what_there_is_to_say_come_out_as_they_were_put_in,
            pages_with_any_filter_show_everything_that_is_wanted_exactly_once,
            a_page_up_to_a_moment_has_what_was_written_with_a_clock_that_was_set_back,
            a_page_looks_at_a_limited_number_of_entries_and_says_where_to_go_on,
        );
        $crate::conformance!(@port $backend, keys, keys:
            a_store_without_keys_has_version_zero,
            replaced_keys_come_out_as_they_were_put_in,
            keys_that_were_changed_since_are_not_replaced,
            a_refused_set_leaves_the_old_one,
            of_all_concurrent_replacements_that_saw_the_same_version_exactly_one_is_done,
        );
        $crate::conformance!(@port $backend, limits, limits:
            a_limit_lets_pass_what_its_rule_allows,
            a_key_without_a_state_is_none_the_worse_for_being_forgiven,
            an_attempt_is_counted_on_all_keys_or_on_none,
            a_key_that_is_named_twice_is_counted_twice,
            a_forgiven_attempt_does_not_count,
            concurrent_attempts_never_pass_more_than_the_rule_allows,
        );
        $crate::conformance!(@port $backend, mail_tokens, mail_tokens:
            an_issued_token_comes_out_as_it_was_put_in_and_its_letter_waits,
            a_token_that_is_not_there_is_none_and_good_for_nothing,
            a_token_is_good_until_its_very_end,
            an_earlier_mail_stays_good_until_one_is_used,
            au4_what_another_account_asked_of_an_address_is_no_business_of_its_owner,
            ot4_a_code_may_be_tried_five_times_against_one_mail,
            a_proved_address_is_the_one_that_the_mail_went_to,
            em8_a_reset_ends_all_sessions_and_every_other_mail_of_the_account,
            em2_a_new_password_has_what_mails_carry_die_but_for_what_takes_an_address_back,
            a_reset_without_a_password_leaves_none,
            a_changed_address_can_be_taken_back_and_is_nobody_elses,
            the_first_address_can_be_taken_back_whatever_the_address_became_since,
            good_tokens_are_found_by_address_and_by_account,
            an_entry_that_cannot_be_written_with_its_mail_is_not_written,
            a_sign_up_that_was_proved_makes_the_account_and_no_other_of_that_address,
            an_accepted_invitation_adds_the_user_to_the_account_that_it_was_made_for,
            what_mails_carried_goes_with_the_account,
        );
        $crate::conformance!(@port $backend, mail_tokens_races, mail_tokens::races:
            em1_of_all_concurrent_callers_exactly_one_uses_a_token,
            em1_of_all_concurrent_callers_of_different_methods_exactly_one_uses_a_token,
            em1_of_all_concurrent_proofs_with_one_token_exactly_one_is_done,
            em1_of_all_concurrent_resets_with_one_token_exactly_one_is_done,
            em1_of_all_concurrent_changes_with_one_token_exactly_one_is_done,
            ot4_concurrent_tries_never_count_more_than_five,
            ot4_concurrent_wrong_codes_count_as_a_right_one_does,
            of_all_concurrent_changes_to_one_address_exactly_one_is_done,
            of_two_accounts_that_confirm_one_new_address_at_once_one_has_it,
            of_all_concurrent_sign_ups_proved_for_one_address_exactly_one_is_done,
            em1_of_all_concurrent_sign_ups_with_one_token_exactly_one_is_done,
            em1_of_all_concurrent_acceptances_of_one_invitation_exactly_one_is_done,
        );
        $crate::conformance!(@port $backend, outbox, outbox:
            a_letter_is_taken_once_until_its_taker_had_time_enough,
            concurrent_calls_never_take_the_same_letter,
            a_letter_that_was_sent_or_given_up_is_forgotten_but_that_it_was_there,
            a_letter_that_failed_is_due_again_when_it_was_said,
            a_letter_to_nobody_is_never_due,
            a_letter_is_tried_again_at_once_only_while_it_waits_after_a_failure,
            of_all_who_have_a_letter_tried_again_at_once_exactly_one_does,
            letters_are_listed_newest_first_by_state,
        );
        $crate::conformance!(@port $backend, maintenance, maintenance:
            a_healthy_store_answers,
            an_empty_store_has_nothing_to_sweep,
            a_sweep_removes_in_small_steps_what_is_dead_and_nothing_else,
            a_letter_that_nobody_takes_for_a_week_is_swept,
            concurrent_sweeps_remove_each_row_once,
            of_all_concurrent_calls_for_a_lease_exactly_one_has_it,
            the_holder_of_a_lease_may_renew_it,
            a_lease_that_ran_out_may_be_taken_by_another,
            a_released_lease_is_free_at_once,
        );
        $crate::conformance!(@port $backend, passwords, passwords:
            a_password_that_is_not_there_is_none,
            changing_the_password_ends_every_session_but_the_kept_one,
            a_password_is_not_changed_by_who_saw_another_or_whose_session_is_dead,
            of_all_concurrent_changes_that_saw_the_same_hash_exactly_one_is_done,
            pw13_a_stronger_hash_replaces_only_the_one_that_was_seen_and_ends_nothing,
            of_all_concurrent_rehashes_that_saw_the_same_hash_exactly_one_is_done,
        );
        $crate::conformance!(@port $backend, sessions, sessions:
            an_opened_session_is_what_was_put_in,
            a_session_that_is_not_there_is_none,
            a_session_of_who_is_gone_disabled_or_in_another_epoch_is_not_opened,
            a_replaced_session_ends_and_a_dead_one_cannot_be_replaced,
            of_all_concurrent_openings_that_replace_one_session_exactly_one_is_done,
            a_selection_token_pays_for_one_session,
            of_all_concurrent_openings_that_spend_one_token_exactly_one_is_done,
            se9_one_session_too_many_ends_the_oldest,
            concurrent_openings_never_leave_more_than_the_most_sessions,
            the_lists_show_the_living_newest_first,
            au3_a_source_is_known_once_a_session_was_there,
            au7_a_device_is_known_once_a_session_was_there,
        );
        $crate::conformance!(@port $backend, sessions_chain, sessions::chain:
            a_rotation_moves_the_chain_and_nothing_else,
            a_rotation_of_what_is_no_longer_so_writes_nothing,
            of_all_concurrent_rotations_of_a_generation_exactly_one_is_done,
            p6_a_rotation_that_was_judged_before_a_redelivery_is_not_done,
            p14_a_rotation_tells_the_user_as_it_is_in_that_step,
            p17_acting_on_a_session_changes_no_other,
            a_redelivery_moves_what_its_verdict_says,
            a_redelivery_of_what_is_no_longer_so_writes_nothing,
            p6_of_concurrent_redeliveries_that_saw_the_same_one_counts,
            concurrent_free_redeliveries_are_all_done_and_the_latest_moment_stays,
            a_roll_forward_takes_the_generation_of_the_lost_token,
            a_roll_forward_of_what_is_no_longer_so_writes_nothing,
            of_all_concurrent_roll_forwards_of_a_generation_exactly_one_is_done,
            a_step_that_comes_too_late_is_not_done,
        );
        $crate::conformance!(@port $backend, sessions_death, sessions::death:
            p5_an_ended_session_is_dead_for_every_step,
            ending_what_is_not_there_writes_nothing,
            of_all_concurrent_ends_exactly_one_is_done,
            p5_no_rotation_is_done_after_an_end_was_acknowledged,
            p10_a_session_dies_at_its_idle_end_and_at_its_absolute_end,
            ending_all_sessions_of_an_account_ends_every_one,
            ending_all_sessions_of_a_user_keeps_the_one_that_asked,
            p5_a_dead_session_is_not_revived_by_being_kept,
            a_session_opened_while_all_end_is_dead,
        );
        $crate::conformance!(@port $backend, users, users:
            an_added_user_is_there_and_locked_exactly_if_it_has_a_pin,
            a_user_that_is_not_there_is_none,
            a_user_with_a_taken_name_or_one_too_many_is_not_added,
            of_all_concurrent_additions_with_one_username_exactly_one_is_done,
            concurrent_additions_never_make_more_than_the_most_users,
            a_changed_user_is_what_the_answer_says,
            a_change_to_a_taken_name_or_of_an_outdated_profile_writes_nothing,
            of_all_concurrent_changes_that_saw_the_same_profile_exactly_one_is_done,
            of_all_concurrent_changes_to_one_username_exactly_one_is_done,
            a_removed_user_is_gone_with_its_pin_and_its_sessions,
            the_last_owner_is_not_removed,
            concurrent_removals_never_leave_an_account_without_an_owner,
            a_pin_is_set_replaced_and_removed,
            of_all_concurrent_removals_of_a_pin_exactly_one_is_done,
        );
        $crate::conformance!(@port $backend, admins, admins:
            admins_are_those_who_have_the_role_oldest_first,
            pw19_the_secret_for_the_first_admin_is_kept_until_its_end,
            pw19_the_first_admin_is_made_once,
            pw19_no_first_admin_is_made_while_there_is_a_disabled_one,
            pw19_of_all_concurrent_callers_exactly_one_becomes_the_first_admin,
            pw19_no_secret_is_left_once_there_is_an_admin,
            az6_the_last_admin_that_can_sign_in_stays,
            admins_that_cannot_sign_in_are_nobodys_last,
            an_admin_may_go_while_another_can_sign_in,
            az6_concurrent_steps_of_all_kinds_never_leave_no_admin,
            az6_of_two_admins_one_stays_whoever_takes_them,
            az6_who_becomes_an_admin_while_its_account_is_disabled_takes_nobodys_place,
        );
        $crate::conformance!(@port $backend, directory, directory:
            an_empty_store_has_empty_pages,
            pages_of_all_go_through_everything_once_newest_first,
            pages_of_a_beginning_go_through_all_that_begin_so_sorted,
            a_beginning_is_compared_byte_by_byte,
            totals_count_accounts_users_and_sessions_that_were_not_ended,
        );
        $crate::conformance!(@port $backend, roles, roles:
            a_role_comes_out_as_it_was_put_in_and_goes_when_it_is_removed,
            a_user_keeps_the_name_of_a_removed_role,
            one_role_too_many_is_not_made,
            concurrent_calls_never_make_more_than_the_most_roles,
            concurrent_changes_of_one_role_leave_one_of_them,
            of_all_concurrent_removals_of_a_role_exactly_one_is_done,
        );
        $crate::conformance!(@port $backend, rules, rules:
            a_webhook_comes_out_as_it_was_put_in_until_it_is_removed,
            a_webhook_that_was_changed_since_or_one_too_many_is_not_written,
            how_far_a_webhook_was_told_is_what_was_said_and_goes_with_it,
            of_all_concurrent_changes_that_saw_the_same_version_exactly_one_is_done,
            of_all_concurrent_makers_of_one_webhook_exactly_one_is_done,
            concurrent_calls_never_make_more_than_the_most_webhooks,
            of_all_concurrent_removals_of_a_webhook_exactly_one_is_done,
            a_webhook_that_is_changed_while_it_is_removed_stays_gone,
            concurrent_listeners_of_one_name_begin_at_one_place,
        );
        $crate::conformance!(@port $backend, rules_deliveries, rules::deliveries:
            what_is_fanned_out_waits_and_the_listener_was_told_so_far,
            what_was_told_already_or_to_nobody_is_not_fanned_out,
            of_all_concurrent_fan_outs_that_saw_the_same_exactly_one_is_done,
            a_delivery_is_taken_once_until_its_taker_had_time_enough,
            concurrent_calls_never_take_the_same_delivery,
            what_became_of_a_try_is_noted_once,
            of_all_concurrent_tries_that_are_over_exactly_one_is_noted,
            a_replayed_delivery_waits_as_if_it_was_never_tried,
            deliveries_are_listed_newest_first_by_listener_and_state,
            deliveries_are_swept_when_they_are_old,
        );
        $crate::conformance!(@port $backend, service_keys, service_keys:
            az5_a_key_is_found_by_its_hash_and_listed_newest_first,
            az5_a_revoked_key_is_unknown_at_once,
            one_key_too_many_is_not_kept,
            concurrent_calls_never_keep_more_than_the_most_keys,
            az5_of_all_concurrent_revocations_exactly_one_is_done,
            the_last_use_is_noted_at_most_once_a_minute,
            of_concurrent_uses_within_a_minute_one_is_noted,
        );
        $crate::conformance!(@port $backend, users_administration, users::administration:
            what_an_admin_changes_of_a_user_is_changed_and_nothing_else,
            who_saw_other_roles_or_notes_changes_nothing,
            se7_disabling_a_user_ends_its_sessions_and_enabling_revives_none,
            of_all_concurrent_administrations_that_saw_the_same_exactly_one_is_done,
            se7_a_session_opened_while_its_user_is_disabled_is_dead,
        );
    };
    (@port $backend:ty, $module:ident, $($path:ident)::+: $($case:ident),+ $(,)?) => {
        mod $module {
            use super::*;
            use $crate::conformance::$($path)::+ as cases;
            $(
                #[test]
                fn $case() {
                    $crate::conformance::run::<$backend, _>(cases::$case);
                }
            )+
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_case_is_in_the_list() {
        let list = include_str!("list.rs");
        let sources = [
            include_str!("accounts.rs"),
            include_str!("activity_log.rs"),
            include_str!("activity_log/chain.rs"),
            include_str!("activity_log/pages.rs"),
            include_str!("admins.rs"),
            include_str!("directory.rs"),
            include_str!("keys.rs"),
            include_str!("limits.rs"),
            include_str!("mail_tokens.rs"),
            include_str!("mail_tokens/races.rs"),
            include_str!("maintenance.rs"),
            include_str!("outbox.rs"),
            include_str!("passwords.rs"),
            include_str!("roles.rs"),
            include_str!("rules.rs"),
            include_str!("rules/deliveries.rs"),
            include_str!("service_keys.rs"),
            include_str!("sessions.rs"),
            include_str!("sessions/chain.rs"),
            include_str!("sessions/death.rs"),
            include_str!("users.rs"),
            include_str!("users/administration.rs"),
        ];
        let cases = sources.into_iter().flat_map(str::lines).filter_map(|line| line.strip_prefix("pub async fn "));
        let cases: Vec<_> = cases.filter_map(|rest| rest.split_once("(world: World)")).map(|(name, _)| name).collect();
        assert!(cases.len() > 60, "{}", cases.len());
        for case in cases {
            assert!(list.contains(&format!("            {case},\n")), "{case} is not in the list");
        }
    }
}
