-- SPDX-License-Identifier: MIT
-- What the migrations of a new Laravel 11 project make on SQLite (migrate, 0001_01_01_000000_create_users_table), and rows
-- that the application made. For the preset laravel.
create table "migrations" ("id" integer primary key autoincrement not null, "migration" varchar not null, "batch" integer not null);
create table "users" ("id" integer primary key autoincrement not null, "name" varchar not null, "email" varchar not null, "email_verified_at" datetime, "password" varchar not null, "remember_token" varchar, "created_at" datetime, "updated_at" datetime);
create unique index "users_email_unique" on "users" ("email");
create table "password_reset_tokens" ("email" varchar not null, "token" varchar not null, "created_at" datetime, primary key ("email"));
create table "sessions" ("id" varchar not null, "user_id" integer, "ip_address" varchar, "user_agent" text, "payload" text not null, "last_activity" integer not null, primary key ("id"));
create index "sessions_user_id_index" on "sessions" ("user_id");
create index "sessions_last_activity_index" on "sessions" ("last_activity");

insert into "migrations" ("migration", "batch") values ('0001_01_01_000000_create_users_table', 1);
-- The passwords are "taylor-otwell" and "björk-guðmundsdóttir", in bcrypt as PHP writes it. Seeded rows have no times.
insert into "users" ("name", "email", "email_verified_at", "password", "remember_token", "created_at", "updated_at") values
  ('Taylor Otwell', 'taylor@example.com', '2024-03-12 09:30:00', '$2y$04$abcdefghijklmnopqrstuunbh04CGNMJOL9bCHi1IL.pjzJQBXVgW', 'Kq3xW9mT1z', '2024-03-12 09:00:00', '2024-04-01 17:45:10'),
  ('Björk Guðmundsdóttir', 'bjork@example.is', null, '$2y$04$ABCDEFGHIJKLMNOPQRSTUusLkAd8l5zB2aXeoV4jPmicbllbQ.M76', null, null, null);
insert into "sessions" values ('s1', 1, '192.0.2.1', 'curl', 'YToxOnt9', 1711993510);
insert into "password_reset_tokens" values ('bjork@example.is', '$2y$04$ABCDEFGHIJKLMNOPQRSTUusLkAd8l5zB2aXeoV4jPmicbllbQ.M76', '2024-04-02 08:00:00');
