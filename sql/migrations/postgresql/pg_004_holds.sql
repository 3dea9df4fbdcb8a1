-- SPDX-License-Identifier: MIT
-- As 011_holds.sql.
ALTER TABLE scim_log ADD COLUMN type TEXT COLLATE "C";
DROP INDEX scim_log_losses;
CREATE INDEX scim_log_losses ON scim_log (actor, time, type, deactivations, deletions, removals) WHERE deactivations + deletions + removals > 0;

DELETE FROM scim_held WHERE state = 'held';
ALTER TABLE scim_held ADD COLUMN permission TEXT NOT NULL DEFAULT '{}';
CREATE INDEX scim_held_waiting ON scim_held (actor) WHERE state = 'held';
