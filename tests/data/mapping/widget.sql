-- SPDX-License-Identifier: MIT
-- Tables of an application that widget.toml maps.
CREATE TABLE widget (
  number INTEGER PRIMARY KEY,
  label TEXT NOT NULL,
  code TEXT, serial TEXT, status TEXT, note TEXT,
  kind TEXT, kind_key TEXT,
  count INTEGER, weight REAL, enabled INTEGER, built TEXT, blob TEXT, home TEXT
);
CREATE TABLE widget_scim (
  widget INTEGER PRIMARY KEY REFERENCES widget (number) ON DELETE CASCADE,
  id TEXT NOT NULL UNIQUE, external TEXT,
  created INTEGER NOT NULL, modified INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 1, deleted INTEGER
);
CREATE TABLE widget_box (
  widget INTEGER PRIMARY KEY REFERENCES widget (number) ON DELETE CASCADE,
  length INTEGER, colour TEXT, sealed INTEGER, stamp TEXT, owner TEXT
);
CREATE TABLE widget_tags (
  number INTEGER PRIMARY KEY, widget INTEGER NOT NULL REFERENCES widget (number) ON DELETE CASCADE,
  tag TEXT, tag_key TEXT
);
CREATE TABLE widget_codes (
  number INTEGER PRIMARY KEY, widget INTEGER NOT NULL REFERENCES widget (number) ON DELETE CASCADE, code TEXT
);
CREATE TABLE widget_numbers (
  number INTEGER PRIMARY KEY, widget INTEGER NOT NULL REFERENCES widget (number) ON DELETE CASCADE, value INTEGER
);
CREATE TABLE widget_parts (
  number INTEGER PRIMARY KEY, widget INTEGER NOT NULL REFERENCES widget (number) ON DELETE CASCADE,
  value TEXT, type TEXT, is_primary INTEGER, size INTEGER, code TEXT
);
