-- SPDX-License-Identifier: MIT
-- The tables of the embedded store, as presets/embedded.toml maps them. Instants are integer microseconds since
-- 1970-01-01T00:00:00Z; a column *_key holds the collation_key() of the column it is named after.

CREATE TABLE users (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  external_id TEXT,
  created INTEGER NOT NULL,
  last_modified INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  deactivated INTEGER,
  user_name TEXT NOT NULL,
  user_name_key TEXT NOT NULL,
  name_formatted TEXT,
  family_name TEXT,
  given_name TEXT,
  middle_name TEXT,
  honorific_prefix TEXT,
  honorific_suffix TEXT,
  display_name TEXT,
  display_name_key TEXT,
  nick_name TEXT,
  profile_url TEXT,
  title TEXT,
  user_type TEXT,
  preferred_language TEXT,
  locale TEXT,
  timezone TEXT,
  active INTEGER,
  password TEXT,
  employee_number TEXT,
  cost_center TEXT,
  organization TEXT,
  division TEXT,
  department TEXT,
  manager TEXT,
  manager_ref TEXT
) STRICT;
CREATE UNIQUE INDEX users_id ON users (id);
CREATE UNIQUE INDEX users_user_name ON users (user_name_key);
CREATE INDEX users_external_id ON users (external_id);
CREATE INDEX users_display_name ON users (display_name_key);

CREATE TABLE user_emails (
  key INTEGER PRIMARY KEY,
  user INTEGER NOT NULL REFERENCES users (key) ON DELETE CASCADE,
  value TEXT,
  value_key TEXT,
  display TEXT,
  type TEXT,
  is_primary INTEGER
) STRICT;
CREATE INDEX user_emails_user ON user_emails (user);
CREATE INDEX user_emails_value ON user_emails (value_key);

CREATE TABLE user_phone_numbers (
  key INTEGER PRIMARY KEY,
  user INTEGER NOT NULL REFERENCES users (key) ON DELETE CASCADE,
  value TEXT,
  display TEXT,
  type TEXT,
  is_primary INTEGER
) STRICT;
CREATE INDEX user_phone_numbers_user ON user_phone_numbers (user);

CREATE TABLE user_ims (
  key INTEGER PRIMARY KEY,
  user INTEGER NOT NULL REFERENCES users (key) ON DELETE CASCADE,
  value TEXT,
  display TEXT,
  type TEXT,
  is_primary INTEGER
) STRICT;
CREATE INDEX user_ims_user ON user_ims (user);

CREATE TABLE user_photos (
  key INTEGER PRIMARY KEY,
  user INTEGER NOT NULL REFERENCES users (key) ON DELETE CASCADE,
  value TEXT,
  display TEXT,
  type TEXT,
  is_primary INTEGER
) STRICT;
CREATE INDEX user_photos_user ON user_photos (user);

CREATE TABLE user_addresses (
  key INTEGER PRIMARY KEY,
  user INTEGER NOT NULL REFERENCES users (key) ON DELETE CASCADE,
  formatted TEXT,
  street_address TEXT,
  locality TEXT,
  region TEXT,
  postal_code TEXT,
  country TEXT,
  type TEXT,
  is_primary INTEGER
) STRICT;
CREATE INDEX user_addresses_user ON user_addresses (user);

CREATE TABLE user_entitlements (
  key INTEGER PRIMARY KEY,
  user INTEGER NOT NULL REFERENCES users (key) ON DELETE CASCADE,
  value TEXT,
  display TEXT,
  type TEXT,
  is_primary INTEGER
) STRICT;
CREATE INDEX user_entitlements_user ON user_entitlements (user);

CREATE TABLE user_roles (
  key INTEGER PRIMARY KEY,
  user INTEGER NOT NULL REFERENCES users (key) ON DELETE CASCADE,
  value TEXT,
  display TEXT,
  type TEXT,
  is_primary INTEGER
) STRICT;
CREATE INDEX user_roles_user ON user_roles (user);

CREATE TABLE user_x509_certificates (
  key INTEGER PRIMARY KEY,
  user INTEGER NOT NULL REFERENCES users (key) ON DELETE CASCADE,
  value TEXT,
  display TEXT,
  type TEXT,
  is_primary INTEGER
) STRICT;
CREATE INDEX user_x509_certificates_user ON user_x509_certificates (user);

CREATE TABLE groups (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  external_id TEXT,
  created INTEGER NOT NULL,
  last_modified INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  display_name TEXT,
  display_name_key TEXT
) STRICT;
CREATE UNIQUE INDEX groups_id ON groups (id);
CREATE INDEX groups_external_id ON groups (external_id);
CREATE INDEX groups_display_name ON groups (display_name_key);

-- Who is in which group: each direction has its index.
CREATE TABLE group_users (
  group_key INTEGER NOT NULL REFERENCES groups (key) ON DELETE CASCADE,
  user_key INTEGER NOT NULL REFERENCES users (key) ON DELETE CASCADE,
  PRIMARY KEY (group_key, user_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_users_user ON group_users (user_key);

CREATE TABLE group_groups (
  group_key INTEGER NOT NULL REFERENCES groups (key) ON DELETE CASCADE,
  member_key INTEGER NOT NULL REFERENCES groups (key) ON DELETE CASCADE,
  PRIMARY KEY (group_key, member_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_groups_member ON group_groups (member_key);

CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL,
  read_only INTEGER NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER
) STRICT, WITHOUT ROWID;
