-- SPDX-License-Identifier: MIT
-- What `manage.py migrate` of Django 5.2 makes on SQLite for django.contrib.auth, as far as it is about users and groups
-- (auth_group_permissions without its link to permissions), and rows that the application made. For the preset django. The password is "correct horse".
CREATE TABLE "auth_user" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "password" varchar(128) NOT NULL, "last_login" datetime NULL, "is_superuser" bool NOT NULL, "username" varchar(150) NOT NULL UNIQUE, "last_name" varchar(150) NOT NULL, "email" varchar(254) NOT NULL, "is_staff" bool NOT NULL, "is_active" bool NOT NULL, "date_joined" datetime NOT NULL, "first_name" varchar(150) NOT NULL);
CREATE TABLE "auth_group" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(150) NOT NULL UNIQUE);
CREATE TABLE "auth_user_groups" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "user_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED, "group_id" integer NOT NULL REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE UNIQUE INDEX "auth_user_groups_user_id_group_id_94350c0c_uniq" ON "auth_user_groups" ("user_id", "group_id");
CREATE INDEX "auth_user_groups_user_id_6a12ed8b" ON "auth_user_groups" ("user_id");
CREATE INDEX "auth_user_groups_group_id_97559544" ON "auth_user_groups" ("group_id");
CREATE TABLE "auth_group_permissions" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "group_id" integer NOT NULL REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED, "permission_id" integer NOT NULL);

INSERT INTO "auth_user" VALUES (1, 'pbkdf2_sha256$1000000$kpKrXBvqk479ZsNPQAXKXo$lbufCgv2Gqn4tmRzOPX6640cC1Kl5ZSLv9yCCkA7BD0=', NULL, 1, 'ada', 'Lovelace', 'ada@example.com', 1, 1, '2024-01-02 03:04:05.678901', 'Ada');
INSERT INTO "auth_group" VALUES (1, 'Staff');
INSERT INTO "auth_user_groups" VALUES (1, 1, 1);
