-- SPDX-License-Identifier: MIT
-- What each user looks like as JSON, kept so that it need not be put together from nine tables for each answer
-- (rendering.h). `shape`: what it was made with. A rendering goes with whatever changes anything that it shows, by whomever.

CREATE TABLE user_renderings (
  key INTEGER PRIMARY KEY,
  shape INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;

-- Rows up to this key have had renderings of this shape made for them; those of later rows, whoever writes these.
CREATE TABLE rendering_progress (
  table_name TEXT PRIMARY KEY,
  shape INTEGER NOT NULL,
  last_key INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER user_renderings_insert AFTER INSERT ON users BEGIN
  DELETE FROM user_renderings WHERE key = NEW.key;
END;
CREATE TRIGGER user_renderings_update AFTER UPDATE ON users BEGIN
  DELETE FROM user_renderings WHERE key IN (OLD.key, NEW.key);
END;
CREATE TRIGGER user_renderings_delete AFTER DELETE ON users BEGIN
  DELETE FROM user_renderings WHERE key = OLD.key;
END;

CREATE TRIGGER user_emails_rendering_insert AFTER INSERT ON user_emails BEGIN
  DELETE FROM user_renderings WHERE key = NEW.user;
END;
CREATE TRIGGER user_emails_rendering_update AFTER UPDATE ON user_emails BEGIN
  DELETE FROM user_renderings WHERE key IN (OLD.user, NEW.user);
END;
CREATE TRIGGER user_emails_rendering_delete AFTER DELETE ON user_emails BEGIN
  DELETE FROM user_renderings WHERE key = OLD.user;
END;

CREATE TRIGGER user_phone_numbers_rendering_insert AFTER INSERT ON user_phone_numbers BEGIN
  DELETE FROM user_renderings WHERE key = NEW.user;
END;
CREATE TRIGGER user_phone_numbers_rendering_update AFTER UPDATE ON user_phone_numbers BEGIN
  DELETE FROM user_renderings WHERE key IN (OLD.user, NEW.user);
END;
CREATE TRIGGER user_phone_numbers_rendering_delete AFTER DELETE ON user_phone_numbers BEGIN
  DELETE FROM user_renderings WHERE key = OLD.user;
END;

CREATE TRIGGER user_ims_rendering_insert AFTER INSERT ON user_ims BEGIN
  DELETE FROM user_renderings WHERE key = NEW.user;
END;
CREATE TRIGGER user_ims_rendering_update AFTER UPDATE ON user_ims BEGIN
  DELETE FROM user_renderings WHERE key IN (OLD.user, NEW.user);
END;
CREATE TRIGGER user_ims_rendering_delete AFTER DELETE ON user_ims BEGIN
  DELETE FROM user_renderings WHERE key = OLD.user;
END;

CREATE TRIGGER user_photos_rendering_insert AFTER INSERT ON user_photos BEGIN
  DELETE FROM user_renderings WHERE key = NEW.user;
END;
CREATE TRIGGER user_photos_rendering_update AFTER UPDATE ON user_photos BEGIN
  DELETE FROM user_renderings WHERE key IN (OLD.user, NEW.user);
END;
CREATE TRIGGER user_photos_rendering_delete AFTER DELETE ON user_photos BEGIN
  DELETE FROM user_renderings WHERE key = OLD.user;
END;

CREATE TRIGGER user_addresses_rendering_insert AFTER INSERT ON user_addresses BEGIN
  DELETE FROM user_renderings WHERE key = NEW.user;
END;
CREATE TRIGGER user_addresses_rendering_update AFTER UPDATE ON user_addresses BEGIN
  DELETE FROM user_renderings WHERE key IN (OLD.user, NEW.user);
END;
CREATE TRIGGER user_addresses_rendering_delete AFTER DELETE ON user_addresses BEGIN
  DELETE FROM user_renderings WHERE key = OLD.user;
END;

CREATE TRIGGER user_entitlements_rendering_insert AFTER INSERT ON user_entitlements BEGIN
  DELETE FROM user_renderings WHERE key = NEW.user;
END;
CREATE TRIGGER user_entitlements_rendering_update AFTER UPDATE ON user_entitlements BEGIN
  DELETE FROM user_renderings WHERE key IN (OLD.user, NEW.user);
END;
CREATE TRIGGER user_entitlements_rendering_delete AFTER DELETE ON user_entitlements BEGIN
  DELETE FROM user_renderings WHERE key = OLD.user;
END;

CREATE TRIGGER user_roles_rendering_insert AFTER INSERT ON user_roles BEGIN
  DELETE FROM user_renderings WHERE key = NEW.user;
END;
CREATE TRIGGER user_roles_rendering_update AFTER UPDATE ON user_roles BEGIN
  DELETE FROM user_renderings WHERE key IN (OLD.user, NEW.user);
END;
CREATE TRIGGER user_roles_rendering_delete AFTER DELETE ON user_roles BEGIN
  DELETE FROM user_renderings WHERE key = OLD.user;
END;

CREATE TRIGGER user_x509_certificates_rendering_insert AFTER INSERT ON user_x509_certificates BEGIN
  DELETE FROM user_renderings WHERE key = NEW.user;
END;
CREATE TRIGGER user_x509_certificates_rendering_update AFTER UPDATE ON user_x509_certificates BEGIN
  DELETE FROM user_renderings WHERE key IN (OLD.user, NEW.user);
END;
CREATE TRIGGER user_x509_certificates_rendering_delete AFTER DELETE ON user_x509_certificates BEGIN
  DELETE FROM user_renderings WHERE key = OLD.user;
END;
