/* SPDX-License-Identifier: MIT */
/* All functions of an adapter but one. */
#include <scim_plugin.h>

int scim_plugin_version(void) { return SCIM_PLUGIN_VERSION; }
int from_scim(const char* resource_type, const char* json, size_t length, struct scim_text* out) {
  (void)resource_type, (void)json, (void)length, (void)out;
  return SCIM_UNCHANGED;
}
int to_scim(const char* resource_type, const char* json, size_t length, struct scim_text* out) {
  (void)resource_type, (void)json, (void)length, (void)out;
  return SCIM_UNCHANGED;
}
