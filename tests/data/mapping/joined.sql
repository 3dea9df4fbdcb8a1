-- SPDX-License-Identifier: MIT
-- An application that keeps little in its users table and the rest in a profile, deletes softly, and has UUIDs as 32 digits.
-- What is here for joined.toml to show: a joined table that some rows do not have, a manager who is a user, a public id of
-- the application's own, groups with another type of key than users.
CREATE TABLE member (
  id CHAR(32) NOT NULL PRIMARY KEY,
  public_id CHAR(36) NOT NULL UNIQUE,       -- what the application shows to the world
  handle VARCHAR(100) NOT NULL,
  email VARCHAR(254),
  hash VARCHAR(255),
  joined_at INTEGER NOT NULL,               -- milliseconds
  touched_at INTEGER NOT NULL,              -- microseconds
  deleted_at TEXT                           -- NULL: not deleted
);
CREATE UNIQUE INDEX member_handle ON member (lower(handle));
CREATE TABLE profile (
  member_id CHAR(32) NOT NULL PRIMARY KEY REFERENCES member (id) ON DELETE CASCADE,
  first_name TEXT NOT NULL DEFAULT '', last_name TEXT NOT NULL DEFAULT '',
  job_title TEXT, department TEXT, cost_centre TEXT,
  manager_id CHAR(32) REFERENCES member (id) ON DELETE SET NULL,
  newsletter INTEGER NOT NULL,              -- without a default
  bio TEXT
);
CREATE TABLE circle (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, name_key TEXT NOT NULL, kind TEXT NOT NULL);
CREATE TABLE circle_member (
  circle_id INTEGER NOT NULL REFERENCES circle (id) ON DELETE CASCADE,
  member_id CHAR(32) NOT NULL REFERENCES member (id) ON DELETE CASCADE, PRIMARY KEY (member_id, circle_id)
) WITHOUT ROWID;
-- What else refers to a member.
CREATE TABLE message (id INTEGER PRIMARY KEY, author CHAR(32) NOT NULL REFERENCES member (id), text TEXT NOT NULL);

INSERT INTO member VALUES
  ('7d9f3b2a1c4e4f5a8b6c0d1e2f3a4b01', 'c0ffee00-0000-4000-8000-000000000001', 'Chief', 'chief@example.com', NULL, 1577934245000, 1577934245000001, NULL),
  ('7d9f3b2a1c4e4f5a8b6c0d1e2f3a4b02', 'c0ffee00-0000-4000-8000-000000000002', 'søren', 'søren@example.dk', NULL, 1577934246123, 1577934246123456, NULL),
  -- Without a profile.
  ('7d9f3b2a1c4e4f5a8b6c0d1e2f3a4b03', 'c0ffee00-0000-4000-8000-000000000003', 'bare', NULL, NULL, 0, 0, NULL),
  ('7d9f3b2a1c4e4f5a8b6c0d1e2f3a4b04', 'c0ffee00-0000-4000-8000-000000000004', 'gone', 'gone@example.com', NULL, 1577934247000, 1577934247000000, '2020-06-01T12:00:00Z');
INSERT INTO profile VALUES
  ('7d9f3b2a1c4e4f5a8b6c0d1e2f3a4b01', 'Ève', 'Dupont', 'Chief', 'Direction', 'CC-1', NULL, '1', 'Fondatrice'),
  ('7d9f3b2a1c4e4f5a8b6c0d1e2f3a4b02', 'Søren', 'Ærø', 'Baker', 'Bageri', NULL, '7d9f3b2a1c4e4f5a8b6c0d1e2f3a4b01', '0', NULL),
  ('7d9f3b2a1c4e4f5a8b6c0d1e2f3a4b04', 'Gone', 'Girl', NULL, NULL, NULL, '7d9f3b2a1c4e4f5a8b6c0d1e2f3a4b01', '0', NULL);
INSERT INTO circle (name, name_key, kind) VALUES ('Bäcker', 'bäcker', 'open'), ('Leadership', 'leadership', 'open');
INSERT INTO circle_member VALUES (1, '7d9f3b2a1c4e4f5a8b6c0d1e2f3a4b02'), (2, '7d9f3b2a1c4e4f5a8b6c0d1e2f3a4b01'), (2, '7d9f3b2a1c4e4f5a8b6c0d1e2f3a4b04');
INSERT INTO message VALUES (1, '7d9f3b2a1c4e4f5a8b6c0d1e2f3a4b02', 'Rugbrød'), (2, '7d9f3b2a1c4e4f5a8b6c0d1e2f3a4b04', 'farewell');
