// SPDX-License-Identifier: MIT
// core/store.h over a mapped database.
#pragma once

#include <map>
#include <memory>
#include <utility>

#include "core/access.h"
#include "core/config.h"
#include "core/env.h"
#include "core/registry.h"
#include "core/store.h"
#include "sql/db.h"
#include "sql/linker.h"
#include "sql/mapping.h"
#include "sql/password.h"
#include "sql/trigram_tails.h"
#include "sql/write_queue.h"

namespace scim::sql {

struct PreparedPassword;
class PreparedPasswords;
class CompiledFilters;
class RowBuffer;
class RowPlans;

/// The part of Config that decides how rows are written.
struct StoreOptions {
  UnknownMember unknown_member = UnknownMember::ignore;
  DeleteMode user_delete = DeleteMode::deactivate;
  bool deleted_visible = false;
  bool unique_groups = false;
  GroupCycles group_cycles = GroupCycles::allow;
  /// Whether an insert keeps the rendering of what it inserts, or leaves it to keep_missing_renderings().
  enum class Renderings { kept, left } renderings = Renderings::kept;
};
StoreOptions store_options(const Config& config);

/// Whether the application's users can log in: SqlStore::accounts().
bool has_accounts(const Mapping& mapping);

/// A transaction for writing very many resources that are new: they may wait until there are enough of them to be written
/// together. What the database refuses is seen only then.
class LoadTransaction : public Transaction {
 public:
  /// Writes those that wait; so does whatever might find one of them. After an error none of them has been, and each flush() has that
  /// error: which one is refused, and why, is found out by inserting them one by one in another transaction.
  virtual Result<void> flush() = 0;
  /// How many have been written: commit() keeps them, also after such an error.
  virtual std::size_t kept() const = 0;
};

/// For one thread; `mapping` and `env` outlive it.
class SqlStore : public Store, public TokenStore, public Linker, private Accounts {
 public:
  /// Reads and writes by one connection.
  SqlStore(std::unique_ptr<Db> db, const Mapping& mapping, const StoreOptions& options, Env& env);
  /// Reads by a connection of its own, which sees what is committed, and writes as one of many; `writers` outlive it.
  SqlStore(std::unique_ptr<Db> db, WriteQueue& writers, const Mapping& mapping, const StoreOptions& options, Env& env);
  ~SqlStore() override;

  Result<std::unique_ptr<Transaction>> begin(Mode mode) override;
  /// One that lets new resources wait.
  Result<std::unique_ptr<LoadTransaction>> begin_loading();
  /// Whether that is faster for such resources.
  bool can_load(const ResourceType& type) const;
  void end_request() noexcept override {
    end_snapshot();
    refusal_ = {};
  }
  Result<void> confirm_refusal() override { return std::exchange(refusal_, {}); }
  bool has_lost_conflict() override { return writers_.db().has_lost_conflict(); }
  void prepare_password(const ResourceType& type, std::string_view id, std::string_view clear) override;

  Result<std::optional<Token>> find_token(std::string_view id) override;
  Result<std::optional<Token>> find_certificate(std::string_view subject) override;
  Result<std::vector<Token>> list_tokens() override;
  Result<void> insert_token(const Token& token) override;
  Result<void> update_token(const Token& token, const Token& expected) override;
  Result<void> remove_token(std::string_view name) override;
  Result<void> note_token_uses(const std::vector<TokenUse>& uses) override;
  Result<void> add_tolerance_uses(const std::vector<ToleranceUse>& uses) override;
  Result<std::vector<ToleranceUse>> tolerance_uses(std::string_view token_id) override;
  Result<std::string> secret(std::string_view name, std::string_view fresh) override;

  Result<LinkPlan> link(const LinkRequest& request) override;

  /// Keeps renderings that are missing (write_rendering.h), of a portion of the rows, in a transaction of its own. False:
  /// none was missing, or all portions have been walked through.
  Result<bool> keep_missing_renderings();
  /// From now on what is inserted is left to that: for very many.
  Result<void> leave_renderings();

  /// The application's users; nullptr: the database is our own, or nobody has a userName.
  Accounts* accounts();

  /// All transactions for writing until end_whole() are parts of one (WriteQueue::begin_whole).
  Result<void> begin_whole();
  Result<void> end_whole();
  void undo_whole() noexcept { writers_.undo_whole(); }

  /// For trying out what writing would do: all transactions from here on, those for reading included, are parts of one that is
  /// undone when the store goes. Hashes of passwords are somebody's, as each takes long by design.
  Result<void> begin_rehearsal();

  /// The connection that it reads by.
  Db& db() { return db_; }

 private:
  void keep_prepared(PreparedPassword prepared);
  std::string new_hash(std::string_view clear, PasswordScheme scheme);
  Result<std::unique_ptr<LoadTransaction>> begin_writing(std::unique_ptr<RowBuffer> buffer);
  Result<void> begin_snapshot();
  void end_snapshot() noexcept;
  Result<void> forget_old_tokens();
  /// The one whose `column` is `value`; `key` names it among those that are kept.
  Result<std::optional<Token>> find_kept_token(const std::string& key, std::string_view column, std::string_view value);
  Result<std::optional<Account>> find_account(std::string_view user_name) override;
  bool verify(std::string_view clear, const Account& account) override;

  std::unique_ptr<WriteQueue> own_writers_;  // nullptr: others have theirs with us
  std::unique_ptr<Db> own_db_;               // nullptr: it is that of own_writers_
  WriteQueue& writers_;
  Db& db_;
  const Mapping& mapping_;
  StoreOptions options_;
  Env& env_;
  std::unique_ptr<PreparedPasswords> prepared_;  // for the next transaction
  std::unique_ptr<RowPlans> plans_;
  std::unique_ptr<CompiledFilters> filters_;
  std::unique_ptr<std::map<const TypeMapping*, std::int64_t>> walk_;  // of keep_missing_renderings(); nullptr: it has not begun
  enum class Performance { real, rehearsal } performance_ = Performance::real;
  std::map<PasswordScheme, std::string> rehearsed_hashes_;  // of the first password
  /// kept: a look at a token has begun to read, and the transaction for reading goes on with it.
  enum class Snapshot { none, kept } snapshot_ = Snapshot::none;
  std::map<std::string, Token, std::less<>> tokens_;  // that the database has, as of tokens_version_
  std::int64_t tokens_version_ = 0;                   // of the database: it changes when another connection commits
  TailWatch tails_;
  Result<void> refusal_;                         // of the last one
};

/// "" for a URL that is not sqlite:PATH.
std::string database_file(const Config& config);

/// Called by a thread that is about to wait for others, or for the disk. Fast, and without errors.
using BeforeWait = WriteQueue::BeforeWait;

/// A connection to the database that `config` names, which is left as it is; `env` outlives it. invalidValue for a URL that
/// is neither sqlite:PATH nor one of libpq's; unavailable. `how` and `journal` are about the file of SQLite.
Result<std::unique_ptr<Db>> open_database(const Config& config, Open how, Journal journal, Env& env, BeforeWait before_wait = [] {});

/// Brings our own tables up to date as open_store() does, and says what it has made: "version 3 of the tables". What another
/// process has made at the same time is not there.
Result<std::vector<std::string>> bring_up_to_date(const Config& config, Mapping& mapping, Env& env);

/// Opens the database that `config` names and brings our own tables up to date (migrations, in one transaction, safe
/// when several processes start at once). `mapping` learns what types its columns have there (native.h). Errors as
/// open_database().
Result<std::unique_ptr<SqlStore>> open_store(const Config& config, Mapping& mapping, Env& env);

/// The same for a program with several threads: our own tables are brought up to date once, and then each thread has a store.
/// Where one writes at a time (SQLite), all write by the connection of one queue; nullptr: each by its own.
Result<std::unique_ptr<WriteQueue>> open_write_queue(const Config& config, Mapping& mapping, Env& env, BeforeWait before_wait = [] {});
Result<std::unique_ptr<SqlStore>> open_store(const Config& config, const Mapping& mapping, Env& env, WriteQueue* writers,
                                             BeforeWait before_wait = [] {});

}  // namespace scim::sql
