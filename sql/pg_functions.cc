#include "sql/pg_functions.h"
namespace scim::sql { std::string pg_functions_script() { return R"(
CREATE OR REPLACE FUNCTION scim_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT lower($1) $$;
CREATE OR REPLACE FUNCTION scim_username(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT lower($1) $$;
CREATE OR REPLACE FUNCTION scim_instant(text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT (extract(epoch from ($1::timestamptz))*1000000)::bigint $$;
CREATE OR REPLACE FUNCTION scim_json_valid(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS $$ BEGIN PERFORM $1::json; RETURN true; EXCEPTION WHEN OTHERS THEN RETURN false; END $$;
CREATE OR REPLACE FUNCTION scim_json_text(text, text[]) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $1::jsonb #>> $2 $$;
CREATE OR REPLACE FUNCTION scim_json_integer(text, text[]) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ($1::jsonb #>> $2)::bigint $$;
CREATE OR REPLACE FUNCTION scim_json_decimal(text, text[]) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ($1::jsonb #>> $2)::double precision $$;
CREATE OR REPLACE FUNCTION scim_json_boolean(text, text[]) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ($1::jsonb #>> $2)::boolean $$;
CREATE OR REPLACE FUNCTION scim_json_each(text, text[]) RETURNS TABLE(key bigint, value text, type text) LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ordinality - 1, v::text, json_typeof(v) FROM json_array_elements(CASE WHEN json_typeof($1::json #> $2) = 'array' THEN $1::json #> $2 END) WITH ORDINALITY AS e(v) $$;
)"; } }
