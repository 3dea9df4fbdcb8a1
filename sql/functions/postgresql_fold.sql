-- SPDX-License-Identifier: MIT
-- {name}(text): collation_key() of core/text.h. The tables in it are that function's own: what the server knows of Unicode is
-- asked nothing. It names nothing outside pg_catalog, so that indexes with it can be made whatever the search path is.
CREATE OR REPLACE FUNCTION {name}(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $scim$
DECLARE
  folded text COLLATE "C";
  before text COLLATE "C";
  characters text[];
  parts text[];
  classes integer[];
  character text COLLATE "C";
  part text COLLATE "C";
  joined text COLLATE "C";
  code integer;
  class integer;
  count integer;
  place integer;
  starter integer;
  highest integer;
BEGIN
  -- ASCII.
  folded := lower(value COLLATE "C");
  IF octet_length(folded) = char_length(folded) THEN
    RETURN folded;
  END IF;

  -- Nothing that changes by itself, or may join what is before it.
  IF folded !~ {changing} THEN
    RETURN folded;
  END IF;

  -- Character by character, as long as none may join what is before it ('').
  characters := string_to_array(folded, NULL);
  place := 1;
  WHILE place <= cardinality(characters) LOOP
    character := {keys}::jsonb ->> characters[place];
    EXIT WHEN character = '';
    IF character IS NOT NULL THEN
      characters[place] := character;
    END IF;
    place := place + 1;
  END LOOP;
  IF place > cardinality(characters) THEN
    RETURN array_to_string(characters, '');
  END IF;

  -- Folding can take a character apart in a way that is put together again differently, so it is done until it rests.
  FOR round IN 1 .. 4 LOOP
    before := folded;

    -- Folded and taken apart, in the order of combining classes (Unicode 3.11, D109).
    parts := '{}';
    classes := '{}';
    count := 0;
    FOREACH character IN ARRAY string_to_array(folded, NULL) LOOP
      code := ascii(character);
      IF code BETWEEN 44032 AND 55203 THEN  -- a Hangul syllable (Unicode 3.12)
        code := code - 44032;
        part := chr(4352 + code / 588) || chr(4449 + code % 588 / 28) || CASE WHEN code % 28 > 0 THEN chr(4519 + code % 28) ELSE '' END;
      ELSE
        part := coalesce({parts}::jsonb ->> character, character);
      END IF;
      FOREACH part IN ARRAY string_to_array(part, NULL) LOOP
        class := coalesce(({classes}::jsonb ->> part)::integer, 0);
        count := count + 1;
        place := count;
        WHILE class > 0 AND place > 1 LOOP
          EXIT WHEN classes[place - 1] <= class;
          parts[place] := parts[place - 1];
          classes[place] := classes[place - 1];
          place := place - 1;
        END LOOP;
        parts[place] := part;
        classes[place] := class;
      END LOOP;
    END LOOP;

    -- Put together (D117).
    place := 0;
    starter := 0;
    highest := -1;
    FOR i IN 1 .. count LOOP
      part := parts[i];
      class := classes[i];
      IF starter > 0 AND class > highest THEN
        joined := {pairs}::jsonb ->> (parts[starter] || part);
        code := ascii(part);
        IF code BETWEEN 4449 AND 4469 AND ascii(parts[starter]) BETWEEN 4352 AND 4370 THEN
          joined := chr(44032 + ((ascii(parts[starter]) - 4352) * 21 + code - 4449) * 28);
        ELSIF code BETWEEN 4519 AND 4546 AND ascii(parts[starter]) BETWEEN 44032 AND 55203 THEN
          IF (ascii(parts[starter]) - 44032) % 28 = 0 THEN  -- one without a trailing consonant
            joined := chr(ascii(parts[starter]) + code - 4519);
          END IF;
        END IF;
        IF joined IS NOT NULL THEN
          parts[starter] := joined;
          CONTINUE;
        END IF;
      END IF;
      place := place + 1;
      parts[place] := part;
      IF class = 0 THEN
        starter := place;
        highest := -1;
      ELSIF class > highest THEN
        highest := class;
      END IF;
    END LOOP;
    folded := array_to_string(parts[1:place], '');
    EXIT WHEN folded = before;
  END LOOP;
  RETURN folded;
END
$scim$;
