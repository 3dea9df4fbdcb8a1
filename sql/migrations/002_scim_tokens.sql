-- SPDX-License-Identifier: MIT
-- The table of tokens has the same name in a database of our own as beside the tables of an application.

ALTER TABLE tokens RENAME TO scim_tokens;
