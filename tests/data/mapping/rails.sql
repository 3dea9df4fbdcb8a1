-- SPDX-License-Identifier: MIT
-- What the migrations of a Rails 7.1 project with Devise (:database_authenticatable, :recoverable, :rememberable, :lockable)
-- make on SQLite, and rows that the application made. For the preset rails-devise.
CREATE TABLE "schema_migrations" ("version" varchar NOT NULL PRIMARY KEY);
CREATE TABLE "ar_internal_metadata" ("key" varchar NOT NULL PRIMARY KEY, "value" varchar, "created_at" datetime(6) NOT NULL, "updated_at" datetime(6) NOT NULL);
CREATE TABLE "users" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "email" varchar DEFAULT '' NOT NULL, "encrypted_password" varchar DEFAULT '' NOT NULL, "reset_password_token" varchar, "reset_password_sent_at" datetime(6), "remember_created_at" datetime(6), "failed_attempts" integer DEFAULT 0 NOT NULL, "unlock_token" varchar, "locked_at" datetime(6), "created_at" datetime(6) NOT NULL, "updated_at" datetime(6) NOT NULL);
CREATE UNIQUE INDEX "index_users_on_email" ON "users" ("email");
CREATE UNIQUE INDEX "index_users_on_reset_password_token" ON "users" ("reset_password_token");
CREATE UNIQUE INDEX "index_users_on_unlock_token" ON "users" ("unlock_token");
CREATE TABLE "posts" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "user_id" integer NOT NULL, "title" varchar, "created_at" datetime(6) NOT NULL, "updated_at" datetime(6) NOT NULL, CONSTRAINT "fk_rails_5b5ddfd518" FOREIGN KEY ("user_id") REFERENCES "users" ("id"));
CREATE INDEX "index_posts_on_user_id" ON "posts" ("user_id");

INSERT INTO "schema_migrations" VALUES ('20240301120000'), ('20240301120500');
INSERT INTO "ar_internal_metadata" VALUES ('environment', 'test', '2024-03-01 12:00:00.000000', '2024-03-01 12:00:00.000000');
-- The password of both is "yukihiro-matz", in bcrypt as Ruby writes it; the second has been locked out.
INSERT INTO "users" ("email", "encrypted_password", "failed_attempts", "locked_at", "created_at", "updated_at") VALUES
  ('matz@example.jp', '$2a$04$zyxwvutsrqponmlkjihgfuezkWkruXSV6yv3YnjS4EjL23yxHL0sa', 0, NULL, '2024-03-02 08:15:30.123456', '2024-05-06 07:08:09.000001'),
  ('josé@example.es', '$2a$04$zyxwvutsrqponmlkjihgfuezkWkruXSV6yv3YnjS4EjL23yxHL0sa', 20, '2024-06-01 00:00:00.000000', '2024-03-02 08:20:00.000000', '2024-06-01 00:00:00.000000');
INSERT INTO "posts" ("user_id", "title", "created_at", "updated_at") VALUES (1, 'プログラミング', '2024-03-03 09:00:00.000000', '2024-03-03 09:00:00.000000');
