-- What became of a message comes back: a letter that could not be delivered is `bounced`, one that
-- the mail server will never take `refused`. Somebody of the team sees to these, and to those that
-- failed, are unconfirmed, or are to be done by hand; the log has them as facts about `notice`.
-- notice: its id there, made once it is needed; message: what the e-mail's Message-ID began with.
-- reported: the state in which the log has it as waiting; reports: how often it was told;
-- seen_to: the position of the last fact by which somebody of the team saw to it.
ALTER TABLE work.notices
    DROP CONSTRAINT notices_state_check,
    ADD CHECK (state IN ('due', 'sending', 'sent', 'failed', 'refused', 'bounced', 'unconfirmed',
                         'withheld', 'for-staff')),
    ADD COLUMN notice text UNIQUE,
    ADD COLUMN message text,
    ADD COLUMN reported text,
    ADD COLUMN reports integer NOT NULL DEFAULT 0,
    ADD COLUMN seen_to bigint NOT NULL DEFAULT 0;
CREATE INDEX notices_by_message ON work.notices (message) WHERE message IS NOT NULL;
CREATE INDEX notices_unreported ON work.notices (position)
    WHERE reported IS DISTINCT FROM CASE WHEN state IN
    ('failed', 'refused', 'bounced', 'unconfirmed', 'for-staff') THEN state END;

-- An operator may also say that a letter came back.
DROP POLICY settled ON work.notices;
CREATE POLICY settled ON work.notices FOR UPDATE
    USING (current_user <> 'operator' OR state NOT IN ('due', 'sending'))
    WITH CHECK (current_user <> 'operator' OR state IN ('due', 'sent', 'bounced'));
