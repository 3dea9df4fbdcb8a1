/* SPDX-License-Identifier: MIT */
/* A plug-in without any function: neither a check nor an adapter. */
#include <scim_plugin.h>

int scim_plugin_version(void) { return SCIM_PLUGIN_VERSION; }
