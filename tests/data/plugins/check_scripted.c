/* SPDX-License-Identifier: MIT */
/* Answers as headers tell: X-Result, X-Rights, X-Name; "long" is a name without an end. X-See copies what the request
   shows into the name: "method path query user address type". */
#include <scim_plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int scim_plugin_version(void) { return SCIM_PLUGIN_VERSION; }

static int number(const struct scim_request* request, const char* header, int otherwise) {
  const char* text = request->header(request, header);
  return text == NULL ? otherwise : atoi(text);
}

int scim_check(const struct scim_request* request, struct scim_decision* decision) {
  const char* name = request->header(request, "X-Name");
  if (request->size < sizeof(*request) || decision->size < sizeof(*decision)) return 1;
  decision->rights = number(request, "X-Rights", decision->rights);
  if (name != NULL && strcmp(name, "long") == 0) memset(decision->name, 'x', sizeof(decision->name));
  else if (name != NULL) snprintf(decision->name, sizeof(decision->name), "%s", name);
  if (request->header(request, "x-see") != NULL) {
    snprintf(decision->name, sizeof(decision->name), "%s %s %s %s %s %s", request->method, request->path, request->query,
             request->remote_user, request->remote_addr, request->content_type);
  }
  return number(request, "X-Result", 0);
}
