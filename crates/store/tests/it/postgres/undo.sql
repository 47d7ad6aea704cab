-- Takes back what the schema's steps after the first have added.
DROP TABLE rules, listeners, deliveries, activity_chain, activity_checkpoints, activity_counts, roles, service_keys, bootstrap,
           mail_tokens, outbox;
DROP INDEX activity_by_id, activity_waiting, activity_by_seq, users_admins, sessions_ended, session_register_ended;
ALTER TABLE activity
    DROP COLUMN actor, DROP COLUMN actor_id, DROP COLUMN detail, DROP COLUMN salt, DROP COLUMN commitment, DROP COLUMN seq,
    DROP COLUMN digest;
DELETE FROM migrations WHERE number > 1;
