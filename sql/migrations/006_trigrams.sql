-- SPDX-License-Identifier: MIT
-- Which rows have which three characters next to each other: `co` and `ew` find few rows here and look at those alone.
-- The texts are folded already, so the index tells capitals apart. It may name rows that do not match, never fewer than
-- do; so it keeps no positions and no sizes, and the names of a user stand in it as one text.

ALTER TABLE users ADD COLUMN family_name_key TEXT;
ALTER TABLE users ADD COLUMN given_name_key TEXT;
UPDATE users SET family_name_key = scim_fold(family_name), given_name_key = scim_fold(given_name)
  WHERE family_name IS NOT NULL OR given_name IS NOT NULL;

-- Most display names are made of the other two, which are then not said twice.
ALTER TABLE users ADD COLUMN names_key TEXT GENERATED ALWAYS AS (
  user_name_key || char(10) || coalesce(display_name_key, '')
  || CASE WHEN instr(display_name_key, family_name_key) > 0 THEN '' ELSE char(10) || coalesce(family_name_key, '') END
  || CASE WHEN instr(display_name_key, given_name_key) > 0 THEN '' ELSE char(10) || coalesce(given_name_key, '') END
) VIRTUAL;

-- An index writes what it has gathered whenever a statement with triggers begins: for very many new rows in one
-- transaction that is far too often. Such a transaction has a row here while it lasts: rows with greater keys are new, and
-- not in the index before its end (bulk_load.h).
CREATE TABLE loads (user_key INTEGER NOT NULL, email_key INTEGER NOT NULL) STRICT;

CREATE VIRTUAL TABLE user_trigrams USING fts5(
  names_key, content = 'users', content_rowid = 'key', columnsize = 0, detail = none, tokenize = 'trigram case_sensitive 1'
);
INSERT INTO user_trigrams (user_trigrams) VALUES ('rebuild');
CREATE TRIGGER user_trigrams_insert AFTER INSERT ON users
WHEN NOT EXISTS (SELECT 1 FROM loads WHERE NEW.key > user_key) BEGIN
  INSERT INTO user_trigrams (rowid, names_key) VALUES (NEW.key, NEW.names_key);
END;
CREATE TRIGGER user_trigrams_delete AFTER DELETE ON users
WHEN NOT EXISTS (SELECT 1 FROM loads WHERE OLD.key > user_key) BEGIN
  INSERT INTO user_trigrams (user_trigrams, rowid, names_key) VALUES ('delete', OLD.key, OLD.names_key);
END;
CREATE TRIGGER user_trigrams_update AFTER UPDATE OF user_name_key, display_name_key, family_name_key, given_name_key ON users
WHEN OLD.names_key IS NOT NEW.names_key AND NOT EXISTS (SELECT 1 FROM loads WHERE OLD.key > user_key) BEGIN
  INSERT INTO user_trigrams (user_trigrams, rowid, names_key) VALUES ('delete', OLD.key, OLD.names_key);
  INSERT INTO user_trigrams (rowid, names_key) VALUES (NEW.key, NEW.names_key);
END;

CREATE VIRTUAL TABLE user_email_trigrams USING fts5(
  value_key, content = 'user_emails', content_rowid = 'key', columnsize = 0, detail = none,
  tokenize = 'trigram case_sensitive 1'
);
INSERT INTO user_email_trigrams (user_email_trigrams) VALUES ('rebuild');
CREATE TRIGGER user_email_trigrams_insert AFTER INSERT ON user_emails
WHEN NOT EXISTS (SELECT 1 FROM loads WHERE NEW.key > email_key) BEGIN
  INSERT INTO user_email_trigrams (rowid, value_key) VALUES (NEW.key, NEW.value_key);
END;
CREATE TRIGGER user_email_trigrams_delete AFTER DELETE ON user_emails
WHEN NOT EXISTS (SELECT 1 FROM loads WHERE OLD.key > email_key) BEGIN
  INSERT INTO user_email_trigrams (user_email_trigrams, rowid, value_key) VALUES ('delete', OLD.key, OLD.value_key);
END;
CREATE TRIGGER user_email_trigrams_update AFTER UPDATE OF value_key ON user_emails
WHEN OLD.value_key IS NOT NEW.value_key AND NOT EXISTS (SELECT 1 FROM loads WHERE OLD.key > email_key) BEGIN
  INSERT INTO user_email_trigrams (user_email_trigrams, rowid, value_key) VALUES ('delete', OLD.key, OLD.value_key);
  INSERT INTO user_email_trigrams (rowid, value_key) VALUES (NEW.key, NEW.value_key);
END;
