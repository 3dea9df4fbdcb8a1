-- SPDX-License-Identifier: MIT
-- Whose a token is (/Me), which dialect its client speaks, which tolerances it relied on, and the secrets that all
-- processes of one installation share.

ALTER TABLE scim_tokens ADD COLUMN user_name TEXT;
ALTER TABLE scim_tokens ADD COLUMN dialect TEXT;

CREATE TABLE scim_token_tolerances (
  token TEXT NOT NULL REFERENCES scim_tokens (id) ON DELETE CASCADE,
  tolerance TEXT NOT NULL,
  count INTEGER NOT NULL,
  last_used INTEGER NOT NULL,
  PRIMARY KEY (token, tolerance)
);

CREATE TABLE scim_secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL);
