/* SPDX-License-Identifier: MIT */
/*
 * Plug-ins of scim-fcgi and scimctl: shared objects that decide who gets in, or that change resources on their way.
 * C11 or C++, nothing but this header. Compile with
 *
 *     cc -shared -fPIC -o check.so check.c
 *
 * and name the file in scimctl.toml by its absolute path: access.check = "plugin:PATH", adapter = "PATH".
 *
 * What holds for every function:
 *   - It may be called from several threads at the same time, and must not throw.
 *   - The strings and structures that it is given belong to the caller and are gone when it returns: copy what is kept.
 *     Strings are UTF-8 (headers: the bytes that the client sent), end with NUL and are never a null pointer.
 *   - Structures grow at their end. `size` is what the caller knows of one: a plug-in that was compiled against a later
 *     header looks whether a field lies within it.
 *   - A plug-in that lacks one of its functions, or has another version, is not loaded: the program does not start.
 *   - What a plug-in does against these rules is answered with 500, and lets nobody in.
 */
#ifndef SCIM_PLUGIN_H
#define SCIM_PLUGIN_H

#include <stddef.h>

#define SCIM_PLUGIN_VERSION 1

#if defined(__GNUC__)
#define SCIM_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define SCIM_PLUGIN_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Every plug-in: { return SCIM_PLUGIN_VERSION; } */
SCIM_PLUGIN_EXPORT int scim_plugin_version(void);

/* ---- Access check ----------------------------------------------------------------------------------------------- */

struct scim_request {
  size_t size;
  const char* method;       /* "GET" */
  const char* path;         /* below the base URL, percent-encoded: "/Users/2819c223" */
  const char* query;        /* without '?', percent-encoded; "" if there is none */
  const char* remote_user;  /* REMOTE_USER as the web server passes it; "" if there is none */
  const char* remote_addr;  /* REMOTE_ADDR: the peer of the web server */
  const char* content_type;
  /* The value of a request header, Authorization included, whatever its case; NULL if the client did not send it, or
     sent it empty. A header sent twice is one value, joined with ", ". The string lives as long as the request. */
  const char* (*header)(const struct scim_request* request, const char* name);
  const void* caller; /* not for the plug-in */
};

enum scim_rights {
  SCIM_DENY = 0, /* 401 if the request has neither Authorization nor REMOTE_USER, else 403 */
  SCIM_READ_ONLY = 1,
  SCIM_READ_AND_WRITE = 2
};

struct scim_decision {
  size_t size;
  int rights;    /* scim_rights; SCIM_DENY before the call */
  char name[64]; /* who it is, for the log: UTF-8 that ends with NUL; "" before the call */
};

/* Decides about one request, and returns 0. Any other value means that it could not decide: 500.
   It is not asked about tokens that `scimctl token create` has made: those are judged without it. */
SCIM_PLUGIN_EXPORT int scim_check(const struct scim_request* request, struct scim_decision* decision);

/* ---- Adapter ---------------------------------------------------------------------------------------------------- */

/* Memory of the plug-in: `length` bytes, a NUL after them is not needed. NULL and 0 before the call. */
struct scim_text {
  char* data;
  size_t length;
};

enum scim_adapted {
  SCIM_ADAPTED = 0,   /* `out` is the resource to go on with: one JSON object */
  SCIM_UNCHANGED = 1, /* go on with the resource as it was */
  SCIM_REFUSED = 2,   /* from_scim: 400 invalidValue; `out` is a sentence for the client, of which 200 bytes are sent */
  SCIM_FAILED = 3     /* 500; `out` is a sentence for the log */
};

/*
 * `json` is one resource as compact JSON: no blanks between tokens, and only '"', '\' and control characters are escaped
 * in strings. So the text "department":" is a member name and nothing else: within a string its quotes were escaped.
 * `resource_type` is "User" or "Group". Whatever they return, scim_free gets `out` if its data is not NULL.
 */

/* What a client wrote. POST and PUT: the resource as it was sent, before it is validated. PATCH: the resource, without
   memberships, as the operations leave it; what is changed here becomes part of the change. */
SCIM_PLUGIN_EXPORT int from_scim(const char* resource_type, const char* json, size_t length, struct scim_text* out);

/* What a client gets, alone or in a list, with the attributes that it asked for. Filters and versions are those of the
   stored resource, so that the same resource must always give the same answer. */
SCIM_PLUGIN_EXPORT int to_scim(const char* resource_type, const char* json, size_t length, struct scim_text* out);

SCIM_PLUGIN_EXPORT void scim_free(struct scim_text* text);

#ifdef __cplusplus
}
#endif

#endif
