-- SPDX-License-Identifier: MIT
-- Tokens and secrets of an installation, in a database of our own as beside an application.

CREATE TABLE scim_tokens (
  id TEXT COLLATE "C" PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL UNIQUE,
  hash TEXT NOT NULL,
  read_only BOOLEAN NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT,
  user_name TEXT,
  dialect TEXT
);
CREATE TABLE scim_token_tolerances (
  token TEXT COLLATE "C" NOT NULL REFERENCES scim_tokens (id) ON DELETE CASCADE,
  tolerance TEXT COLLATE "C" NOT NULL,
  count BIGINT NOT NULL,
  last_used BIGINT NOT NULL,
  PRIMARY KEY (token, tolerance)
);
CREATE TABLE scim_secrets (name TEXT COLLATE "C" PRIMARY KEY, value TEXT NOT NULL);
