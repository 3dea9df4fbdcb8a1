-- SPDX-License-Identifier: MIT
-- An application with one table for its users, grown over the years. What is here for the mapping of flat.toml to show:
-- text keys that the application makes, times as seconds, a flag that says the opposite of active, letters for the kind of
-- user, e-mail in lower case, a second address in a column of its own, roles by name.
CREATE TABLE account (
  uid TEXT NOT NULL PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,
  mail TEXT NOT NULL DEFAULT '',            -- lower case; '' is no address
  given TEXT, family TEXT, shown TEXT,
  phone TEXT,
  kind TEXT NOT NULL DEFAULT 'E',           -- E(mployee), C(ontractor), X (contractor, from the old system), I(ntern)
  disabled INTEGER NOT NULL DEFAULT '0',
  secret TEXT,                              -- crypt(3)
  score REAL NOT NULL,                      -- without a default: SCIM does not know it
  created INTEGER NOT NULL, changed INTEGER NOT NULL
);
CREATE INDEX account_mail ON account (mail);
CREATE INDEX account_shown ON account (lower(shown));
CREATE TABLE role (rid TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE, colour TEXT);
CREATE TABLE account_role (
  uid TEXT NOT NULL REFERENCES account (uid), rid TEXT NOT NULL REFERENCES role (rid), PRIMARY KEY (uid, rid)
) WITHOUT ROWID;
-- What else refers to a user: rows that are not SCIM's, and hold the user's row where it is.
CREATE TABLE journal (uid TEXT NOT NULL REFERENCES account (uid), at INTEGER NOT NULL, line TEXT NOT NULL);
CREATE TABLE role_right (rid TEXT NOT NULL REFERENCES role (rid), "right" TEXT NOT NULL, PRIMARY KEY (rid, "right"));

INSERT INTO account VALUES
  ('0b7c5f1e-5d7a-4b6e-9c39-0d3f5a1c2e01', 'ada', 'ada@example.com', 'Ada', 'Lovelace', 'Ada Lovelace', '+44 20 7946 0001',
   'E', '0', NULL, 1.5, 1388534400, 1420070400),
  ('0b7c5f1e-5d7a-4b6e-9c39-0d3f5a1c2e02', 'Ōe', 'oe@example.jp', '健三郎', '大江', '大江健三郎', NULL,
   'X', '0', NULL, 0.25, 1388534401, 1388534401),
  ('0b7c5f1e-5d7a-4b6e-9c39-0d3f5a1c2e03', 'STRAßE', '', NULL, NULL, NULL, NULL, 'I', '1', NULL, -3, 0, 0),
  -- Not a uuid: made by hand, once.
  ('system', 'system', '', NULL, NULL, 'System', NULL, 'C', '1', NULL, 0, 1, 1);
INSERT INTO role VALUES ('r-1', 'Staff', 'blue'), ('r-2', 'Überprüfer', NULL);
INSERT INTO account_role VALUES
  ('0b7c5f1e-5d7a-4b6e-9c39-0d3f5a1c2e01', 'r-1'), ('0b7c5f1e-5d7a-4b6e-9c39-0d3f5a1c2e01', 'r-2'), ('system', 'r-1');
INSERT INTO journal VALUES ('0b7c5f1e-5d7a-4b6e-9c39-0d3f5a1c2e01', 1420070400, 'a row with a "quote" and a '' too');
INSERT INTO role_right VALUES ('r-1', 'read'), ('r-1', 'write');
