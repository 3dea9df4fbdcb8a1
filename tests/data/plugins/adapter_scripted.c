/* SPDX-License-Identifier: MIT */
/* Does what a resource's nickName says: "from:RESULT:TEXT" on the way in, "to:RESULT:TEXT" on the way out. Words without
   "from:" or "to:" in front are left alone; TEXT has ' for ". Without TEXT nothing is given. */
#include <scim_plugin.h>
#include <stdlib.h>
#include <string.h>

int scim_plugin_version(void) { return SCIM_PLUGIN_VERSION; }

static int act(const char* way, const char* json, struct scim_text* out) {
  const char* at = strstr(json, way);
  if (at == NULL) return SCIM_UNCHANGED;
  char* text = NULL;
  const int result = (int)strtol(at + strlen(way), &text, 10);
  if (*text != ':') return result;
  const size_t length = strcspn(text + 1, "\"");
  out->data = malloc(length + 1);
  if (out->data == NULL) return SCIM_FAILED;
  for (size_t i = 0; i < length; ++i) out->data[i] = (char)(text[1 + i] == '\'' ? '"' : text[1 + i]);
  out->length = length;
  return result;
}

int from_scim(const char* resource_type, const char* json, size_t length, struct scim_text* out) {
  if (strcmp(resource_type, "User") != 0 || json[length] != '\0') return SCIM_FAILED;
  return act("\"nickName\":\"from:", json, out);
}

int to_scim(const char* resource_type, const char* json, size_t length, struct scim_text* out) {
  if (strcmp(resource_type, "User") != 0 || json[length] != '\0') return SCIM_FAILED;
  return act("\"nickName\":\"to:", json, out);
}

void scim_free(struct scim_text* text) { free(text->data); }
