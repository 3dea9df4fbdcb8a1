-- SPDX-License-Identifier: MIT
-- The place of attributes that the configuration adds to users and groups: extensions of its own, as JSON.

ALTER TABLE users ADD COLUMN document TEXT;
ALTER TABLE groups ADD COLUMN document TEXT;
