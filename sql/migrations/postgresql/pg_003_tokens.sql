-- SPDX-License-Identifier: MIT
-- As 010_tokens.sql.
ALTER TABLE scim_tokens
  ADD COLUMN types TEXT,
  ADD COLUMN hidden TEXT,
  ADD COLUMN rate_limit BIGINT,
  ADD COLUMN certificate TEXT COLLATE "C",
  ADD COLUMN previous_hash TEXT,
  ADD COLUMN previous_until BIGINT,
  ADD COLUMN last_used BIGINT,
  ADD COLUMN last_address TEXT,
  ADD COLUMN guard TEXT;
CREATE UNIQUE INDEX scim_tokens_certificate ON scim_tokens (certificate);
