-- SPDX-License-Identifier: MIT
-- How many rows each block of 1024 keys has: totals and deep pages read this instead of counting rows. `living`: those
-- that DELETE has not deactivated.

CREATE TABLE user_blocks (
  block INTEGER PRIMARY KEY,
  living INTEGER NOT NULL,
  total INTEGER NOT NULL
) STRICT;
INSERT INTO user_blocks SELECT key / 1024, sum(deactivated IS NULL), count(*) FROM users GROUP BY 1;

CREATE TRIGGER user_blocks_insert AFTER INSERT ON users BEGIN
  INSERT INTO user_blocks VALUES (NEW.key / 1024, NEW.deactivated IS NULL, 1)
    ON CONFLICT DO UPDATE SET living = living + excluded.living, total = total + 1;
END;
CREATE TRIGGER user_blocks_delete AFTER DELETE ON users BEGIN
  UPDATE user_blocks SET living = living - (OLD.deactivated IS NULL), total = total - 1 WHERE block = OLD.key / 1024;
END;
CREATE TRIGGER user_blocks_update AFTER UPDATE OF deactivated ON users
WHEN (OLD.deactivated IS NULL) <> (NEW.deactivated IS NULL) BEGIN
  UPDATE user_blocks SET living = living + (NEW.deactivated IS NULL) - (OLD.deactivated IS NULL) WHERE block = NEW.key / 1024;
END;

CREATE TABLE group_blocks (
  block INTEGER PRIMARY KEY,
  living INTEGER NOT NULL,
  total INTEGER NOT NULL
) STRICT;
INSERT INTO group_blocks SELECT key / 1024, count(*), count(*) FROM groups GROUP BY 1;

CREATE TRIGGER group_blocks_insert AFTER INSERT ON groups BEGIN
  INSERT INTO group_blocks VALUES (NEW.key / 1024, 1, 1)
    ON CONFLICT DO UPDATE SET living = living + 1, total = total + 1;
END;
CREATE TRIGGER group_blocks_delete AFTER DELETE ON groups BEGIN
  UPDATE group_blocks SET living = living - 1, total = total - 1 WHERE block = OLD.key / 1024;
END;
