// SPDX-License-Identifier: MIT
// PostgreSQL for tests: an empty database for each that wants one, on the server of SCIMCTL_TEST_POSTGRESQL, which
// tests/e2e/postgresql.py starts. Without that server these throw, and the test fails.
#pragma once

#include <libpq-fe.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace scim::test {

/// libpq with exceptions: what the driver is held against must not be the driver.
class PostgresqlConnection {
 public:
  using Value = std::optional<std::string>;
  using Row = std::vector<Value>;

  explicit PostgresqlConnection(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection_.get()));
  }

  /// One statement with $1, $2, ...; its rows as text.
  std::vector<Row> query(const std::string& sql, const std::vector<Value>& binds = {}) {
    std::vector<const char*> values;
    for (const Value& bind : binds) values.push_back(bind ? bind->c_str() : nullptr);
    return rows_of(PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                                nullptr, nullptr, 0));
  }

  /// Statements without binds, in one transaction unless they say otherwise.
  void run_script(const std::string& sql) { rows_of(PQexec(connection_.get(), sql.c_str())); }

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };

  std::vector<Row> rows_of(PGresult* raw) {
    const std::unique_ptr<PGresult, Clear> result(raw);
    const ExecStatusType status = PQresultStatus(raw);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) throw std::runtime_error(PQerrorMessage(connection_.get()));
    std::vector<Row> rows(static_cast<std::size_t>(PQntuples(raw)));
    for (std::size_t row = 0; row < rows.size(); ++row) {
      for (int column = 0; column < PQnfields(raw); ++column) {
        const int at = static_cast<int>(row);
        const auto size = static_cast<std::size_t>(PQgetlength(raw, at, column));
        rows[row].push_back(PQgetisnull(raw, at, column) != 0 ? Value() : std::string(PQgetvalue(raw, at, column), size));
      }
    }
    return rows;
  }

  std::unique_ptr<PGconn, Finish> connection_;
};

/// The URL of the server's own database.
inline std::string postgresql_server() {
  const char* url = std::getenv("SCIMCTL_TEST_POSTGRESQL");
  if (url == nullptr || *url == '\0') throw std::runtime_error("SCIMCTL_TEST_POSTGRESQL is not set: run it by tests/e2e/postgresql.py");
  return url;
}

/// An empty database, dropped at the end with whatever connections it still has.
class PostgresqlDatabase {
 public:
  PostgresqlDatabase() : name_("scim_test_" + std::to_string(::getpid()) + '_' + std::to_string(std::random_device()())) {
    PostgresqlConnection(postgresql_server()).run_script("CREATE DATABASE " + name_);
  }
  ~PostgresqlDatabase() {
    try {
      PostgresqlConnection(postgresql_server()).run_script("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
    } catch (const std::exception&) {
      // The server is gone, and the database with it; or it goes with the server.
    }
  }
  PostgresqlDatabase(const PostgresqlDatabase&) = delete;
  PostgresqlDatabase& operator=(const PostgresqlDatabase&) = delete;

  /// The server's URL with this database: postgresql://user@host/NAME?...
  std::string url() const {
    const std::string server = postgresql_server();
    const std::size_t path = server.find('/', server.find("://") + 3);
    const std::size_t query = server.find('?');
    const std::string tail = query == std::string::npos ? "" : server.substr(query);
    return server.substr(0, std::min(path, query)) + '/' + name_ + tail;
  }

 private:
  std::string name_;
};

}  // namespace scim::test
