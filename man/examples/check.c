/* SPDX-License-Identifier: MIT */
/*
 * An access check: whoever knows the key gets in. Services inside send it as X-Internal-Key; it stands in the
 * environment of scim-fcgi as SCIM_INTERNAL_KEY. A GET may have a second one, SCIM_REPORT_KEY, that may only read.
 *
 *     cc -shared -fPIC -o check.so check.c        scimctl.toml: [access] check = "plugin:/etc/scimctl/check.so"
 */
#include <scim_plugin.h>
#include <stdlib.h>
#include <string.h>

int scim_plugin_version(void) { return SCIM_PLUGIN_VERSION; }

/* Takes the same time wherever the two differ: nobody guesses a key byte by byte. */
static int is_key(const char* sent, const char* key) {
  const size_t length = strlen(key);
  if (length == 0 || strlen(sent) != length) return 0;
  volatile unsigned char difference = 0;
  for (size_t i = 0; i < length; ++i) difference |= (unsigned char)(sent[i] ^ key[i]);
  return difference == 0;
}

int scim_check(const struct scim_request* request, struct scim_decision* decision) {
  const char* key = getenv("SCIM_INTERNAL_KEY");
  const char* report_key = getenv("SCIM_REPORT_KEY");
  if (key == NULL) return 1; /* not configured: 500 rather than an open door */

  const char* sent = request->header(request, "X-Internal-Key");
  if (sent == NULL) return 0; /* denied, as `decision` says already */
  if (is_key(sent, key)) {
    decision->rights = SCIM_READ_AND_WRITE;
    strcpy(decision->name, "internal");
  } else if (report_key != NULL && is_key(sent, report_key)) {
    decision->rights = SCIM_READ_ONLY;
    strcpy(decision->name, "report");
  }
  return 0;
}
