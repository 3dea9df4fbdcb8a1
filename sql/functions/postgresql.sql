-- SPDX-License-Identifier: MIT
-- What sql/pg_functions.h describes, without the foldings. Nothing outside pg_catalog is named, so that indexes with these can be
-- made whatever the search path is; texts are compared by bytes, whatever collation their column has.

-- The pattern leaves the server nothing to refuse but the length of the month, which is looked at before it is asked.
CREATE OR REPLACE FUNCTION scim_instant(value text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $scim$
DECLARE
  moment text COLLATE "C" := value;
  first_of_month date;
BEGIN
  IF moment !~ ('^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[T ]'
      '(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.(?:0{1,5}|0{6}[0-9]*))?)'
      '(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?$') OR left(moment, 4) = '0000' THEN
    RETURN NULL;
  END IF;
  IF substr(moment, 9, 2) > '28' THEN
    first_of_month := left(moment, 8) || '01';
    IF extract(month FROM first_of_month) <> extract(month FROM first_of_month + substr(moment, 9, 2)::integer - 1) THEN
      RETURN NULL;
    END IF;
  END IF;
  IF char_length(moment) > 26 THEN  -- digits beyond microseconds would be rounded
    moment := regexp_replace(moment, '(\.[0-9]{6})[0-9]+', '\1');
  END IF;
  IF right(moment, 1) = 'Z' THEN
    moment := left(moment, -1) || '+00';
  ELSIF left(right(moment, 6), 1) NOT IN ('+', '-') THEN
    moment := moment || '+00';
  END IF;
  RETURN extract(epoch FROM moment::timestamptz) * 1000000;
END
$scim$;

-- Moments in the server's own types, in the years that a dateTime can have. What has no time zone is in UTC.
CREATE OR REPLACE FUNCTION scim_instant(value timestamp) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $scim$
  SELECT CASE WHEN value >= '0001-01-01' AND value < '10000-01-01' THEN CAST(extract(epoch FROM value) * 1000000 AS bigint) END
$scim$;

CREATE OR REPLACE FUNCTION scim_instant(value timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $scim$
  SELECT CASE WHEN value AT TIME ZONE 'UTC' >= '0001-01-01' AND value AT TIME ZONE 'UTC' < '10000-01-01'
    THEN CAST(extract(epoch FROM value AT TIME ZONE 'UTC') * 1000000 AS bigint) END
$scim$;

CREATE OR REPLACE FUNCTION scim_instant(value date) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $scim$
  SELECT CASE WHEN value >= '0001-01-01' AND value < '10000-01-01' THEN CAST(extract(epoch FROM value) * 1000000 AS bigint) END
$scim$;

CREATE OR REPLACE FUNCTION scim_uuid(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $scim$
  SELECT CASE WHEN value COLLATE "C" ~ '^[0-9a-f]{32}$'
    THEN left(value, 8) || '-' || substr(value, 9, 4) || '-' || substr(value, 13, 4) || '-' || substr(value, 17, 4) || '-' || substr(value, 21)
    ELSE value END
$scim$;

-- These change with the values, and may with the version of the server.
CREATE OR REPLACE FUNCTION scim_hash(VARIADIC parts text[]) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $scim$
  SELECT hash_array_extended(parts, 0) & 1099511627775
$scim$;

CREATE OR REPLACE FUNCTION scim_version(VARIADIC parts text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $scim$
  SELECT lpad(to_hex(hash_array_extended(parts, 0)), 16, '0')
$scim$;

-- To catch an error, a function needs a subtransaction, which parallel workers cannot have.
CREATE OR REPLACE FUNCTION scim_json_valid(document text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL UNSAFE AS $scim$
DECLARE
  parsed jsonb;
BEGIN
  parsed := document;
  RETURN true;
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
  RETURN false;
END
$scim$;

CREATE OR REPLACE FUNCTION scim_json_text(document text, path text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $scim$
DECLARE
  found jsonb := document::jsonb #> path;
BEGIN
  RETURN CASE found WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE found #>> '{}' END;
END
$scim$;

CREATE OR REPLACE FUNCTION scim_json_boolean(document text, path text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $scim$
BEGIN
  RETURN CASE document::jsonb #> path WHEN 'true' THEN true WHEN 'false' THEN false END;
END
$scim$;

CREATE OR REPLACE FUNCTION scim_json_integer(document text, path text[]) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $scim$
DECLARE
  found jsonb := document::jsonb #> path;
  number numeric := CASE WHEN jsonb_typeof(found) = 'number' THEN found::numeric END;
BEGIN
  RETURN CASE WHEN number = trunc(number) AND number BETWEEN -9223372036854775808 AND 9223372036854775807 THEN number::bigint END;
END
$scim$;

-- What is too large or too small for the type does not raise.
CREATE OR REPLACE FUNCTION scim_json_decimal(document text, path text[]) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $scim$
DECLARE
  found jsonb := document::jsonb #> path;
  number numeric := CASE WHEN jsonb_typeof(found) = 'number' THEN found::numeric END;
BEGIN
  RETURN CASE WHEN abs(number) > 1.7976931348623158e308 THEN sign(number)::double precision * 'Infinity'::double precision
    WHEN abs(number) < 2.5e-324 THEN 0 ELSE number END;
END
$scim$;

CREATE OR REPLACE FUNCTION scim_json_each(document text, path text[]) RETURNS TABLE (key bigint, value text, type text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $scim$
  SELECT element.place - 1, element.value::text, jsonb_typeof(element.value)
  FROM (SELECT document::jsonb #> path AS found OFFSET 0) list,
    jsonb_array_elements(CASE jsonb_typeof(list.found) WHEN 'array' THEN list.found ELSE '[]' END) WITH ORDINALITY element(value, place)
  ORDER BY element.place
$scim$;
