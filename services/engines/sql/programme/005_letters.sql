-- What is urgent goes at any hour and alone; `due_at` is when a message may go at the earliest.
-- again: how often somebody had it sent once more although it was sent. tried_until: how long the
-- mail server is asked to take it, from the first time on that it did not.
ALTER TABLE work.notices
    ADD COLUMN urgent boolean NOT NULL DEFAULT false,
    ADD COLUMN again integer NOT NULL DEFAULT 0,
    ADD COLUMN tried_until timestamptz;

-- An operator says what became of those that are lost, or that somebody of the team was to do, and
-- may have any sent again.
DROP POLICY settled ON work.notices;
CREATE POLICY settled ON work.notices FOR UPDATE
    USING (current_user <> 'operator' OR state NOT IN ('due', 'sending'))
    WITH CHECK (current_user <> 'operator' OR state IN ('due', 'sent'));
