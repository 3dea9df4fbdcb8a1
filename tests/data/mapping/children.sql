-- SPDX-License-Identifier: MIT
-- An application with a table for each kind of thing that a person has many of. What is here for children.toml to show:
-- integer keys that are used again, child tables with columns that SCIM does not know, a status of more than two values,
-- times as ISO text, teams in teams.
CREATE TABLE person (
  id INTEGER PRIMARY KEY,                   -- not AUTOINCREMENT: the highest key is used again after its row is deleted
  tenant INTEGER NOT NULL,
  username TEXT NOT NULL UNIQUE COLLATE NOCASE,
  full_name TEXT NOT NULL DEFAULT '',
  first_name TEXT NOT NULL DEFAULT '', last_name TEXT NOT NULL DEFAULT '',
  job TEXT, locale TEXT, zone TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'invited', 'suspended', 'locked')),
  password_hash TEXT,
  badge INTEGER UNIQUE,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL
);
CREATE TABLE person_email (
  id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  address TEXT NOT NULL, kind TEXT, is_default INTEGER NOT NULL DEFAULT '0',
  bounces INTEGER NOT NULL                  -- without a default
);
CREATE INDEX person_email_person ON person_email (person_id);
CREATE TABLE person_phone (
  person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  number TEXT NOT NULL, kind TEXT, country TEXT NOT NULL, added_at TEXT NOT NULL
  -- no key of its own: rowid
);
CREATE TABLE person_address (
  id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  street TEXT, city TEXT, region TEXT, zip TEXT, country CHAR(2), kind TEXT, preferred INTEGER
);
CREATE TABLE team (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, label TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE team_person (
  id INTEGER PRIMARY KEY, team_id INTEGER NOT NULL REFERENCES team (id) ON DELETE CASCADE,
  person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE, UNIQUE (team_id, person_id)
);
CREATE TABLE team_team (
  parent_id INTEGER NOT NULL REFERENCES team (id) ON DELETE CASCADE,
  child_id INTEGER NOT NULL REFERENCES team (id) ON DELETE CASCADE, PRIMARY KEY (parent_id, child_id)
);
-- What else refers to a person: a row that must not lose its person.
CREATE TABLE invoice (number TEXT PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person (id), cents INTEGER NOT NULL);

INSERT INTO person VALUES
  (1, 7, 'grace', 'Grace Hopper', 'Grace', 'Hopper', 'Admiral', 'en-US', 'America/New_York', 'active', NULL, 1906,
   '2020-01-02T03:04:05Z', '2020-02-03T04:05:06.789Z'),
  (2, 7, 'Zoë', 'Zoë Ångström', 'Zoë', 'Ångström', NULL, 'sv-SE', 'Europe/Stockholm', 'suspended', NULL, NULL,
   '2021-01-01T00:00:00Z', '2021-01-01T00:00:00Z'),
  (3, 7, 'invitee', '', '', '', NULL, NULL, 'UTC', 'invited', NULL, NULL, '2022-01-01T00:00:00Z', '2022-01-01T00:00:00Z'),
  (9, 7, 'λόγος', 'Λόγος Ωμέγα', 'Λόγος', '', NULL, NULL, 'UTC', 'locked', NULL, NULL, '2023-01-01T00:00:00Z', '2023-01-01T00:00:00Z');
INSERT INTO person_email VALUES
  (1, 1, 'Grace@Example.com', 'work', '1', 0), (2, 1, 'grace@example.org', 'home', '0', 3), (5, 2, 'zoë@exämple.se', NULL, '0', 0);
INSERT INTO person_phone VALUES (1, '+1 212 555 0100', 'work', 'US', '2020-01-02T03:04:05Z'), (1, '+1 212 555 0101', 'mobile', 'US', '2020-01-02T03:04:05Z');
INSERT INTO person_address VALUES (1, 1, '1 Main St', 'New York', 'NY', '10001', 'US', 'work', '1'), (2, 2, 'Storgatan 1', 'Umeå', NULL, NULL, 'SE', NULL, NULL);
INSERT INTO team VALUES (1, 7, 'Navy', '2020-01-01T00:00:00Z'), (2, 7, 'Flotte à vapeur', '2020-01-01T00:00:00Z'), (3, 7, 'Leer', '2020-01-01T00:00:00Z');
INSERT INTO team_person VALUES (1, 1, 1), (2, 1, 2), (3, 2, 9);
INSERT INTO team_team VALUES (1, 2);
INSERT INTO invoice VALUES ('2020/1', 1, 12345);
