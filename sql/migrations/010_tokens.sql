-- SPDX-License-Identifier: MIT
-- What a token may see, how often it may ask, the certificate that stands for it, the secret before the last rotation, its last
-- use, and limits of its own to what it may do (core/guard.h). `types` and `hidden` have a line each.

ALTER TABLE scim_tokens ADD COLUMN types TEXT;
ALTER TABLE scim_tokens ADD COLUMN hidden TEXT;
ALTER TABLE scim_tokens ADD COLUMN rate_limit INTEGER;
ALTER TABLE scim_tokens ADD COLUMN certificate TEXT;
ALTER TABLE scim_tokens ADD COLUMN previous_hash TEXT;
ALTER TABLE scim_tokens ADD COLUMN previous_until INTEGER;
ALTER TABLE scim_tokens ADD COLUMN last_used INTEGER;
ALTER TABLE scim_tokens ADD COLUMN last_address TEXT;
ALTER TABLE scim_tokens ADD COLUMN guard TEXT;

CREATE UNIQUE INDEX scim_tokens_certificate ON scim_tokens (certificate);
