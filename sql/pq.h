// SPDX-License-Identifier: MIT
// libpq, loaded by the first connection. It brings two dozen libraries along (Kerberos, LDAP, TLS), and to load them takes
// longer than most commands on SQLite do.
#pragma once

#include <libpq-fe.h>

#include "core/library.h"

namespace scim::sql {

#define SCIM_PQ_FUNCTIONS(X)                                                                                              \
  X(PQclear) X(PQcmdStatus) X(PQcmdTuples) X(PQconnectdbParams) X(PQenterPipelineMode) X(PQerrorMessage) X(PQexec)          \
  X(PQexecParams) X(PQexecPrepared) X(PQexitPipelineMode) X(PQfinish) X(PQftype) X(PQgetResult) X(PQgetisnull)              \
  X(PQgetlength) X(PQgetvalue) X(PQntuples) X(PQparameterStatus) X(PQpipelineSync) X(PQputCopyData) X(PQputCopyEnd)         \
  X(PQresultErrorField) X(PQresultStatus) X(PQsendPrepare) X(PQsendQuery) X(PQsendQueryParams) X(PQsendQueryPrepared)       \
  X(PQsetNoticeProcessor) X(PQstatus) X(PQtransactionStatus)

SCIM_LIBRARY_FUNCTIONS(Pq, SCIM_PQ_FUNCTIONS);

/// Loads it, if that has not been done. invalidValue: it is not installed, or too old.
Result<void> load_pq();
/// After load_pq() has gone well.
const Pq& pq();

}  // namespace scim::sql
