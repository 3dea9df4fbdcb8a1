-- SPDX-License-Identifier: MIT
-- The index of trigrams gets its rows many at a time: one at a time each costs a segment of it, and the merging of those.
-- What it does not know yet is its tail, which a search looks at beside it: rows after the mark, and those before it that
-- have changed since. To move the mark to the end of the table has the tail indexed; that is what a write does, in its own
-- transaction, when a tail has become long (trigrams.h). No other statement may so much as name the index in a trigger: it
-- would take part in each transaction, and do something for each statement.

DROP TRIGGER user_trigrams_insert;
DROP TRIGGER user_trigrams_delete;
DROP TRIGGER user_trigrams_update;
DROP TRIGGER user_email_trigrams_insert;
DROP TRIGGER user_email_trigrams_delete;
DROP TRIGGER user_email_trigrams_update;
DROP TABLE loads;

-- One row. A mark is the key of the last row that is indexed.
CREATE TABLE trigram_marks (user_key INTEGER NOT NULL, email_key INTEGER NOT NULL) STRICT;
INSERT INTO trigram_marks SELECT (SELECT coalesce(max(key), 0) FROM users), (SELECT coalesce(max(key), 0) FROM user_emails);

-- Rows up to the mark that are new there, or others than the index says, or gone, with what the index knows them by: only
-- with that can it forget them. NULL: it has nothing of them. Until then it names rows that do not match, or are not there,
-- which does no harm.
CREATE TABLE user_trigrams_changed (key INTEGER PRIMARY KEY, names_key TEXT) STRICT;
CREATE VIEW user_trigrams_tail (key) AS
  SELECT key FROM users WHERE key > (SELECT user_key FROM trigram_marks)
  UNION ALL SELECT key FROM user_trigrams_changed;

CREATE TRIGGER user_trigrams_insert AFTER INSERT ON users WHEN NEW.key <= (SELECT user_key FROM trigram_marks) BEGIN
  INSERT INTO user_trigrams_changed VALUES (NEW.key, NULL) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER user_trigrams_delete AFTER DELETE ON users BEGIN
  INSERT INTO user_trigrams_changed
    SELECT OLD.key, OLD.names_key FROM trigram_marks WHERE OLD.key <= user_key ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER user_trigrams_update AFTER UPDATE OF key, user_name_key, display_name_key, family_name_key, given_name_key ON users
WHEN OLD.names_key IS NOT NEW.names_key OR OLD.key <> NEW.key BEGIN
  INSERT INTO user_trigrams_changed
    SELECT OLD.key, OLD.names_key FROM trigram_marks WHERE OLD.key <= user_key ON CONFLICT DO NOTHING;
  INSERT INTO user_trigrams_changed
    SELECT NEW.key, NULL FROM trigram_marks WHERE NEW.key <= user_key AND NEW.key <> OLD.key ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER user_trigrams_fill AFTER UPDATE OF user_key ON trigram_marks BEGIN
  INSERT INTO user_trigrams (user_trigrams, rowid, names_key)
    SELECT 'delete', key, names_key FROM user_trigrams_changed WHERE names_key IS NOT NULL ORDER BY key;
  INSERT INTO user_trigrams (rowid, names_key)
    SELECT key, names_key FROM users WHERE key IN (SELECT key FROM user_trigrams_changed) ORDER BY key;
  INSERT INTO user_trigrams (rowid, names_key)
    SELECT key, names_key FROM users WHERE key > OLD.user_key AND key <= NEW.user_key ORDER BY key;
  DELETE FROM user_trigrams_changed;
END;

CREATE TABLE user_email_trigrams_changed (key INTEGER PRIMARY KEY, value_key TEXT) STRICT;
CREATE VIEW user_email_trigrams_tail (key) AS
  SELECT key FROM user_emails WHERE key > (SELECT email_key FROM trigram_marks)
  UNION ALL SELECT key FROM user_email_trigrams_changed;

CREATE TRIGGER user_email_trigrams_insert AFTER INSERT ON user_emails WHEN NEW.key <= (SELECT email_key FROM trigram_marks) BEGIN
  INSERT INTO user_email_trigrams_changed VALUES (NEW.key, NULL) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER user_email_trigrams_delete AFTER DELETE ON user_emails BEGIN
  INSERT INTO user_email_trigrams_changed
    SELECT OLD.key, OLD.value_key FROM trigram_marks WHERE OLD.key <= email_key ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER user_email_trigrams_update AFTER UPDATE OF key, value_key ON user_emails
WHEN OLD.value_key IS NOT NEW.value_key OR OLD.key <> NEW.key BEGIN
  INSERT INTO user_email_trigrams_changed
    SELECT OLD.key, OLD.value_key FROM trigram_marks WHERE OLD.key <= email_key ON CONFLICT DO NOTHING;
  INSERT INTO user_email_trigrams_changed
    SELECT NEW.key, NULL FROM trigram_marks WHERE NEW.key <= email_key AND NEW.key <> OLD.key ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER user_email_trigrams_fill AFTER UPDATE OF email_key ON trigram_marks BEGIN
  INSERT INTO user_email_trigrams (user_email_trigrams, rowid, value_key)
    SELECT 'delete', key, value_key FROM user_email_trigrams_changed WHERE value_key IS NOT NULL ORDER BY key;
  INSERT INTO user_email_trigrams (rowid, value_key)
    SELECT key, value_key FROM user_emails WHERE key IN (SELECT key FROM user_email_trigrams_changed) ORDER BY key;
  INSERT INTO user_email_trigrams (rowid, value_key)
    SELECT key, value_key FROM user_emails WHERE key > OLD.email_key AND key <= NEW.email_key ORDER BY key;
  DELETE FROM user_email_trigrams_changed;
END;
