"""Triggers that refuse to change an essay, and votes on it by whom a conflict bars."""

from django.db import migrations

TEXTS = """
CREATE FUNCTION emeritus_refuse_change_of_essay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'in_review'
       OR (OLD.series_id, OLD.number, OLD.title, OLD.body, OLD.digest, OLD.prompt, OLD.context,
           OLD.handed_in_at, OLD.handed_in_by_id)
          IS DISTINCT FROM
          (NEW.series_id, NEW.number, NEW.title, NEW.body, NEW.digest, NEW.prompt, NEW.context,
           NEW.handed_in_at, NEW.handed_in_by_id) THEN
        RAISE EXCEPTION 'an essay is never changed after it was handed in'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER essay_never_changed BEFORE UPDATE ON voice_essay
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change_of_essay();
CREATE TRIGGER essay_never_deleted BEFORE DELETE ON voice_essay
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_change();
CREATE TRIGGER essay_never_truncated BEFORE TRUNCATE ON voice_essay
    FOR EACH STATEMENT EXECUTE FUNCTION emeritus_refuse_change();
"""

DROP_TEXTS = """
DROP TRIGGER essay_never_truncated ON voice_essay;
DROP TRIGGER essay_never_deleted ON voice_essay;
DROP TRIGGER essay_never_changed ON voice_essay;
DROP FUNCTION emeritus_refuse_change_of_essay();
"""

VOTES = """
CREATE FUNCTION emeritus_is_barred_from_essay(asked bigint, somebody bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM voice_essay AS essay
                   WHERE essay.id = asked AND essay.handed_in_by_id = somebody)
        OR EXISTS (SELECT 1 FROM voice_essay AS essay
                   JOIN voice_essayseries AS series ON series.id = essay.series_id
                   JOIN voice_interview AS interview ON interview.ai_model_id = series.ai_model_id
                   JOIN voice_interviewparticipant AS participant
                     ON participant.interview_id = interview.id
                   WHERE essay.id = asked AND participant.person_id = somebody)
        OR EXISTS (SELECT 1 FROM requests_app_vote AS vote
                   JOIN requests_app_stage AS stage ON stage.id = vote.stage_id
                   WHERE stage.essay_id = asked AND vote.voter_id = somebody
                     AND vote.choice = 'recuse')
$$;

CREATE FUNCTION emeritus_refuse_essay_vote() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked bigint;
BEGIN
    SELECT essay_id INTO asked FROM requests_app_stage WHERE id = NEW.stage_id;
    IF asked IS NULL THEN
        RETURN NEW;
    END IF;
    IF NEW.choice = 'return' THEN
        RAISE EXCEPTION 'nobody asks for changes of an essay'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.choice <> 'recuse' AND (emeritus_is_barred_from_essay(asked, NEW.voter_id)
                                   OR emeritus_is_barred_from_essay(asked, NEW.seat_id)) THEN
        RAISE EXCEPTION 'nobody votes who handed the essay in, or is barred otherwise'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION emeritus_refuse_unfounded_essay_stage() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    votes bigint;
    needed bigint;
BEGIN
    SELECT count(*) INTO votes FROM requests_app_vote AS vote
    WHERE vote.stage_id = NEW.id
      AND CASE NEW.state
          WHEN 'failed' THEN vote.choice = 'deny'
          ELSE vote.choice = 'approve'
               AND NOT emeritus_is_barred_from_essay(NEW.essay_id, vote.voter_id)
               AND NOT emeritus_is_barred_from_essay(NEW.essay_id, vote.seat_id) END;
    SELECT CASE NEW.state WHEN 'failed' THEN greatest(2, denials_to_fail) ELSE quorum END
    INTO needed FROM requests_app_policystep WHERE id = NEW.step_id;
    IF votes < needed THEN
        RAISE EXCEPTION 'an essay is published by its quorum, and vetoed by two people at least'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION emeritus_refuse_unfounded_essay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'published' AND (
           NOT EXISTS (SELECT 1 FROM requests_app_stage WHERE essay_id = NEW.id)
           OR EXISTS (SELECT 1 FROM requests_app_stage
                      WHERE essay_id = NEW.id AND state <> 'passed'))
       OR NEW.state = 'vetoed' AND NOT EXISTS (
           SELECT 1 FROM requests_app_stage WHERE essay_id = NEW.id AND state = 'failed') THEN
        RAISE EXCEPTION 'an essay is published or vetoed by its review'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER essay_vote_never_by_who_is_barred BEFORE INSERT ON requests_app_vote
    FOR EACH ROW EXECUTE FUNCTION emeritus_refuse_essay_vote();
CREATE TRIGGER essay_stage_ends_by_votes BEFORE UPDATE OF state ON requests_app_stage
    FOR EACH ROW WHEN (NEW.essay_id IS NOT NULL AND NEW.state IN ('passed', 'failed')
                       AND OLD.state <> NEW.state)
    EXECUTE FUNCTION emeritus_refuse_unfounded_essay_stage();
CREATE TRIGGER essay_ends_by_its_review BEFORE UPDATE OF state ON voice_essay
    FOR EACH ROW WHEN (NEW.state IN ('published', 'vetoed'))
    EXECUTE FUNCTION emeritus_refuse_unfounded_essay();
"""

DROP_VOTES = """
DROP TRIGGER essay_ends_by_its_review ON voice_essay;
DROP TRIGGER essay_stage_ends_by_votes ON requests_app_stage;
DROP TRIGGER essay_vote_never_by_who_is_barred ON requests_app_vote;
DROP FUNCTION emeritus_refuse_unfounded_essay();
DROP FUNCTION emeritus_refuse_unfounded_essay_stage();
DROP FUNCTION emeritus_refuse_essay_vote();
DROP FUNCTION emeritus_is_barred_from_essay(bigint, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0009_standing_rules_stand")]
    operations = [
        migrations.RunSQL(TEXTS, DROP_TEXTS),
        migrations.RunSQL(VOTES, DROP_VOTES),
    ]
