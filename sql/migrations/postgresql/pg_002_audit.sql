-- SPDX-License-Identifier: MIT
-- The audit log (core/audit.h): one row for each write of a resource, in the transaction that made it. Each row's hash is
-- that of its text and of the hash of the row before it in its chain. `position` orders all of them; the columns behind
-- `entry` repeat what stands in it, to find it by. Writers at the same time write to different chains.

CREATE TABLE scim_log (
  position BIGSERIAL PRIMARY KEY,
  chain BIGINT NOT NULL,
  number BIGINT NOT NULL,
  entry TEXT NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  time BIGINT NOT NULL,
  request TEXT COLLATE "C" NOT NULL,
  resource TEXT COLLATE "C" NOT NULL,
  name TEXT,
  actor TEXT COLLATE "C" NOT NULL,
  deactivations BIGINT NOT NULL,
  deletions BIGINT NOT NULL,
  removals BIGINT NOT NULL,
  UNIQUE (chain, number)
);
CREATE INDEX scim_log_request ON scim_log (request);
CREATE INDEX scim_log_resource ON scim_log (resource);
CREATE INDEX scim_log_losses ON scim_log (actor, time) WHERE deactivations + deletions + removals > 0;

-- The last row of each chain, and what stood before its first one that is still kept.
CREATE TABLE scim_log_chains (
  chain BIGINT PRIMARY KEY,
  number BIGINT NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  kept_after BIGINT NOT NULL,
  kept_after_hash TEXT COLLATE "C" NOT NULL
);

CREATE OR REPLACE FUNCTION scim_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.number <= coalesce((SELECT kept_after FROM scim_log_chains WHERE chain = OLD.chain), 0) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the audit log is append-only';
END $$;
CREATE TRIGGER scim_log_change BEFORE UPDATE OR DELETE ON scim_log FOR EACH ROW EXECUTE FUNCTION scim_log_is_append_only();

-- How far each reader of the log has read each chain: {"CHAIN": NUMBER} (sql/change_feed.h).
CREATE TABLE scim_log_readers (name TEXT COLLATE "C" PRIMARY KEY, positions TEXT NOT NULL);

-- Requests that wait for an administrator (core/guard.h), and what was decided of those that have waited.
CREATE TABLE scim_held (
  id TEXT COLLATE "C" PRIMARY KEY,
  state TEXT NOT NULL,
  first_seen BIGINT NOT NULL,
  last_seen BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
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
