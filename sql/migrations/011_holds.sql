-- SPDX-License-Identifier: MIT
-- The resource type of each entry of the log, by which the guard counts, and what the client of a request that waits may reach
-- (core/permission.h). What waits by now has no such thing and goes: its client sends it again.

ALTER TABLE scim_log ADD COLUMN type TEXT;
DROP INDEX scim_log_losses;
CREATE INDEX scim_log_losses ON scim_log (actor, time, type, deactivations, deletions, removals) WHERE deactivations + deletions + removals > 0;

DELETE FROM scim_held WHERE state = 'held';
ALTER TABLE scim_held ADD COLUMN permission TEXT NOT NULL DEFAULT '{}';
CREATE INDEX scim_held_waiting ON scim_held (actor) WHERE state = 'held';
