/* SPDX-License-Identifier: MIT */
/* For a version of the interface that is to come. */
#include <scim_plugin.h>

int scim_plugin_version(void) { return SCIM_PLUGIN_VERSION + 1; }
int scim_check(const struct scim_request* request, struct scim_decision* decision) {
  (void)request;
  decision->rights = SCIM_READ_AND_WRITE;
  return 0;
}
