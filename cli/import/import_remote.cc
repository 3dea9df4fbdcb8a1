// SPDX-License-Identifier: MIT
#include "cli/import/import_remote.h"

#include <algorithm>

#include "cli/import/import_references.h"
#include "cli/replay/bulk_answer.h"
#include "cli/replay/renaming.h"

namespace scim::cli {
namespace {

/// More make an answer late, and gain little.
constexpr std::int64_t kMostOperations = 100;
/// What the message around an operation adds, at most.
constexpr std::size_t kEnvelopeBytes = 1024;
constexpr std::string_view kBulkRequest = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

class RemoteImport final : public ImportSink {
 public:
  RemoteImport(Backend& backend, const ResourceType& type, const Features& features, ResumeFilter* resume, ImportReport& report)
      : backend_(backend), type_(type), most_operations_(std::min(features.bulk_operations, kMostOperations)),
        most_bytes_(static_cast<std::size_t>(features.bulk_bytes)), resume_(resume), report_(report), finder_(backend) {}

  Try<bool> write(std::vector<ImportEntry>& entries) override {
    look_for_ids(finder_, entries);
    for (ImportEntry& entry : entries) {
      if (report_.is_interrupted()) return false;
      SCIM_ASSIGN(const bool goes_on, write(entry));
      if (!goes_on) return false;
    }
    return true;
  }

  Try<bool> settle() override { return send_waiting(); }

  Try<void> finish() override {
    SCIM_TRY(send_waiting());
    ReferenceCompleter completer(backend_, type_);
    for (const Sent& sent : open_) {
      for (const OpenReference& reference : sent.references) {
        const auto done = completer.complete(sent.id, reference);
        if (!done) report_.complain(sent.line.number, {ErrorKind::invalid_value, reference.path + ": " + done.error().detail, "", {}});
      }
    }
    return {};
  }

 private:
  struct Sent {
    Line line;
    Json body;
    std::vector<OpenReference> references;
    std::string id = {};  ///< when it is there
  };

  /// False: no more is wanted.
  Try<bool> write(ImportEntry& entry) {
    if (!entry.resource) {
      SCIM_ASSIGN(const bool goes_on, send_waiting());
      return goes_on ? refuse(entry.line, entry.resource.error()) : Try<bool>(false);
    }
    auto references = resolve_references(finder_, *entry.resource);
    if (!references && !waiting_.empty()) {  // who is named may be among those that wait
      SCIM_ASSIGN(const bool goes_on, send_waiting());
      if (!goes_on) return false;
      references = resolve_references(finder_, *entry.resource);
    }
    if (!references) return refuse(entry.line, references.error());
    Sent sent{std::move(entry.line), std::move(entry.resource->body), *std::move(references)};
    if (most_operations_ <= 1) return post(sent);
    const std::size_t bytes = to_text(sent.body).size() + kEnvelopeBytes;
    const bool is_too_large = most_bytes_ > 0 && bytes > most_bytes_;
    if (is_too_large) return post_after_waiting(sent);
    if (!waiting_.empty() && most_bytes_ > 0 && waiting_bytes_ + bytes > most_bytes_) {
      SCIM_ASSIGN(const bool goes_on, send_waiting());
      if (!goes_on) return false;
    }
    waiting_.push_back(std::move(sent));
    waiting_bytes_ += bytes;
    return static_cast<std::int64_t>(waiting_.size()) < most_operations_ ? Try<bool>(true) : send_waiting();
  }

  Try<bool> refuse(const Line& line, const Error& error) {
    SCIM_TRY(report_.refuse(line, error));
    return report_.goes_on_after_refusal();
  }

  enum class Then { go_on, stop, go_on_behind };  ///< go_on_behind: as if the record had not been sent

  /// What the server has made of one record.
  Try<Then> conclude(Sent& sent, const Response& response) {
    if (response.status < 200 || response.status >= 300) {
      const Error error = to_error(response);
      if (resume_ != nullptr && error.kind == ErrorKind::uniqueness) {
        SCIM_ASSIGN(const bool was_there, resume_->take_out_late(sent.line, sent.body, sent.references));
        if (was_there) return Then::go_on_behind;
      }
      SCIM_ASSIGN(const bool goes_on, refuse(sent.line, error));
      return goes_on ? Then::go_on : Then::stop;
    }
    report_.add_imported(1, sent.line.size);
    const std::string user_name = text_at(sent.body, "userName");
    if (!user_name.empty() && !sent.id.empty()) finder_.learn(type_, "userName=" + user_name, sent.id);
    if (!sent.references.empty()) open_.push_back(std::move(sent));
    return Then::go_on;
  }

  Try<bool> post(Sent& sent) {
    Request request = request_for("POST", type_.endpoint, "attributes=id");
    request.body = to_text(sent.body);
    SCIM_ASSIGN(const Response response, backend_.exchange(std::move(request)));
    sent.id = text_at(Json::parse(response.body, nullptr, false), "id");
    finder_.forget_nobodies();
    SCIM_ASSIGN(const Then then, conclude(sent, response));
    return then != Then::stop;
  }

  /// One that no bulk has room for.
  Try<bool> post_after_waiting(Sent& sent) {
    SCIM_ASSIGN(const bool goes_on, send_waiting());
    return goes_on ? post(sent) : Try<bool>(false);
  }

  Try<bool> send_waiting() {
    std::vector<Sent> sent = std::exchange(waiting_, {});
    waiting_bytes_ = 0;
    while (!sent.empty()) {
      SCIM_ASSIGN(const Json answer, backend_.send(bulk_of(sent)));
      const auto answered = conclude_all(sent, answer);
      finder_.forget_nobodies();
      if (!answered) return fail(answered.error());
      if (answered->then != Then::go_on_behind) return answered->then == Then::go_on;
      sent.erase(sent.begin(), sent.begin() + static_cast<std::ptrdiff_t>(answered->count));
    }
    return true;
  }

  struct Answered {
    Then then = Then::go_on;
    std::size_t count = 0;  ///< with go_on_behind, before those that the server has not come to
  };

  /// All that have an answer, also behind one that was refused: servers may go on all the same.
  Try<Answered> conclude_all(std::vector<Sent>& sent, const Json& answer) {
    Try<Answered> outcome{Answered{}};
    Then last = Then::go_on;
    for (std::size_t i = 0; i < sent.size(); ++i) {
      const Json* const operation = answer_to(std::to_string(i), answer);
      const bool is_told = operation != nullptr && status_of(*operation) != 0;
      if (!is_told) {
        if (!outcome || outcome->then != Then::go_on) continue;
        if (last == Then::go_on_behind) outcome->then = last;
        else outcome = fail(Failure(report_.at(sent[i].line.number, {ErrorKind::internal, "the server does not say what became of it: see with --resume", "", {}})));
        continue;
      }
      const Response response = response_of(*operation);
      sent[i].id = id_of(response);
      const auto then = conclude(sent[i], response);
      if (!outcome || outcome->then == Then::stop) continue;
      if (!then) outcome = fail(then.error());
      else if (*then == Then::stop) outcome->then = Then::stop;
      else last = *then, outcome->count = i + 1;
    }
    return outcome;
  }

  Request bulk_of(const std::vector<Sent>& sent) const {
    Json message{{"schemas", Json::array({std::string(kBulkRequest)})}};
    if (!report_.goes_on_after_refusal()) message["failOnErrors"] = 1;
    message["Operations"] = Json::array();
    for (std::size_t i = 0; i < sent.size(); ++i) {
      message["Operations"].push_back({{"method", "POST"}, {"path", type_.endpoint}, {"bulkId", std::to_string(i)}, {"data", sent[i].body}});
    }
    Request request = request_for("POST", "/Bulk", "");
    request.body = to_text(message);
    return request;
  }

  Backend& backend_;
  const ResourceType& type_;
  const std::int64_t most_operations_;
  const std::size_t most_bytes_;  // 0: as many as one likes
  ResumeFilter* const resume_;
  ImportReport& report_;
  BackendFinder finder_;
  std::vector<Sent> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::vector<Sent> open_;  // there, but for their references
};

}  // namespace

Try<std::unique_ptr<ImportSink>> import_into_server(Backend& backend, const ResourceType& type, ResumeFilter* resume, ImportReport& report) {
  SCIM_ASSIGN(const Features features, backend.features());
  return std::unique_ptr<ImportSink>(std::make_unique<RemoteImport>(backend, type, features, resume, report));
}

}  // namespace scim::cli
