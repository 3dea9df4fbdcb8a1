/* SPDX-License-Identifier: MIT */
/*
 * An adapter. In: addresses of mail.example.com are kept as those of example.com, and those of the partners' directory
 * are refused. Out: departments are shown in capitals, as the application prints them.
 *
 *     cc -shared -fPIC -o adapter.so adapter.c        scimctl.toml: adapter = "/etc/scimctl/adapter.so"
 *
 * It does without a JSON library: the text is compact, so that a quote which is not escaped ends a string, and nothing
 * within a string looks like a member name. Whoever moves members around links one.
 */
#include <ctype.h>
#include <scim_plugin.h>
#include <stdlib.h>
#include <string.h>

int scim_plugin_version(void) { return SCIM_PLUGIN_VERSION; }

static int give(struct scim_text* out, const char* text, int result) {
  out->length = strlen(text);
  out->data = malloc(out->length + 1);
  if (out->data == NULL) return SCIM_FAILED;
  memcpy(out->data, text, out->length + 1);
  return result;
}

int from_scim(const char* resource_type, const char* json, size_t length, struct scim_text* out) {
  static const char alias[] = "@mail.example.com\"", domain[] = "@example.com\"";
  (void)length;
  if (strcmp(resource_type, "User") != 0) return SCIM_UNCHANGED;
  if (strstr(json, "@partners.example\"") != NULL) {
    return give(out, "addresses of partners.example belong into the partners' directory", SCIM_REFUSED);
  }
  if (strstr(json, alias) == NULL) return SCIM_UNCHANGED;
  if (give(out, json, SCIM_ADAPTED) != SCIM_ADAPTED) return SCIM_FAILED;
  for (char* at = out->data; (at = strstr(at, alias)) != NULL;) {
    memcpy(at, domain, strlen(domain));
    memmove(at + strlen(domain), at + strlen(alias), strlen(at + strlen(alias)) + 1);
  }
  out->length = strlen(out->data);
  return SCIM_ADAPTED;
}

int to_scim(const char* resource_type, const char* json, size_t length, struct scim_text* out) {
  static const char member[] = "\"department\":\"";
  (void)length;
  if (strcmp(resource_type, "User") != 0 || strstr(json, member) == NULL) return SCIM_UNCHANGED;
  if (give(out, json, SCIM_ADAPTED) != SCIM_ADAPTED) return SCIM_FAILED;
  for (char* at = strstr(out->data, member) + strlen(member); *at != '"'; ++at) {
    if (*at == '\\') ++at; /* \n stays \n */
    else *at = (char)toupper((unsigned char)*at);
  }
  return SCIM_ADAPTED;
}

void scim_free(struct scim_text* text) { free(text->data); }
