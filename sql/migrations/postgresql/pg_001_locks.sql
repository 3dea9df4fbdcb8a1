-- SPDX-License-Identifier: MIT
-- Rows to be locked where no row of what is decided about could be, in a database of our own as beside an application.

CREATE TABLE scim_locks (name TEXT COLLATE "C" PRIMARY KEY);
INSERT INTO scim_locks VALUES ('nesting');
