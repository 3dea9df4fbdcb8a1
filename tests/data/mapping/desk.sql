-- SPDX-License-Identifier: MIT
-- The application of the worked example in man/scim-mapping.5 and of README.md: a helpdesk, whose admin has not written it.
PRAGMA journal_mode = WAL;
CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  login TEXT NOT NULL UNIQUE,
  full_name TEXT,
  email TEXT,
  disabled INTEGER NOT NULL DEFAULT 0,
  role TEXT DEFAULT 'M',
  theme TEXT NOT NULL,
  created_at TEXT NOT NULL
);
CREATE TABLE teams (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE
);
CREATE TABLE team_members (
  team_id INTEGER NOT NULL REFERENCES teams (id),
  user_id INTEGER NOT NULL REFERENCES users (id),
  PRIMARY KEY (team_id, user_id)
);
CREATE INDEX team_members_user ON team_members (user_id);

INSERT INTO users VALUES
  (1, 'ada', 'Ada Lovelace', 'ada@example.com', 0, 'A', 'dark', '2024-01-02 03:04:05'),
  (2, 'grace', 'Grace Hopper', NULL, 1, 'M', 'light', '2024-05-06 07:08:09');
INSERT INTO teams VALUES (1, 'Engines');
INSERT INTO team_members VALUES (1, 1);
