-- SPDX-License-Identifier: MIT
-- The audit log (core/audit.h): one row for each write of a resource, in the transaction that made it. Each row's hash is
-- that of its text and of the hash of the row before it in its chain. `position` orders all of them; the columns behind
-- `entry` repeat what stands in it, to find it by.

CREATE TABLE scim_log (
  position INTEGER PRIMARY KEY,
  chain INTEGER NOT NULL,
  number INTEGER NOT NULL,
  entry TEXT NOT NULL,
  hash TEXT NOT NULL,
  time INTEGER NOT NULL,
  request TEXT NOT NULL,
  resource TEXT NOT NULL,
  name TEXT,
  actor TEXT NOT NULL,
  deactivations INTEGER NOT NULL,
  deletions INTEGER NOT NULL,
  removals INTEGER NOT NULL,
  UNIQUE (chain, number)
);
CREATE INDEX scim_log_request ON scim_log (request);
CREATE INDEX scim_log_resource ON scim_log (resource);
CREATE INDEX scim_log_losses ON scim_log (actor, time, deactivations, deletions, removals) WHERE deactivations + deletions + removals > 0;

-- The last row of each chain, and what stood before its first one that is still kept.
CREATE TABLE scim_log_chains (
  chain INTEGER PRIMARY KEY,
  number INTEGER NOT NULL,
  hash TEXT NOT NULL,
  kept_after INTEGER NOT NULL,
  kept_after_hash TEXT NOT NULL
);

CREATE TRIGGER scim_log_update BEFORE UPDATE ON scim_log BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER scim_log_delete BEFORE DELETE ON scim_log
WHEN OLD.number > coalesce((SELECT kept_after FROM scim_log_chains WHERE chain = OLD.chain), 0) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- How far each reader of the log has read each chain: {"CHAIN": NUMBER} (sql/change_feed.h).
CREATE TABLE scim_log_readers (name TEXT PRIMARY KEY, positions TEXT NOT NULL);

-- Requests that wait for an administrator (core/guard.h), and what was decided of those that have waited.
CREATE TABLE scim_held (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  token TEXT NOT NULL,
  request TEXT NOT NULL,
  address TEXT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  query TEXT NOT NULL,
  if_match TEXT NOT NULL,
  body TEXT NOT NULL
);
