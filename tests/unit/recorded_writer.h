// SPDX-License-Identifier: MIT
// A client that notes what it asks for and what of it is acknowledged, and the look that is held against its notes.
#pragma once

#include <optional>
#include <set>

#include "core/bulk_parse.h"
#include "tests/unit/application.h"
#include "tests/unit/write_history.h"

namespace scim::test {

inline std::string look_of_user(const std::string& name, int turn) {
  return name + "-" + std::to_string(turn) + "@example.com +" + std::to_string(turn) + " " + name + " the " + std::to_string(turn);
}

/// All users and groups of those whose names begin with "writer", as clients see them: by a list, by their ids, and by filters,
/// which must say the same, or it is one of the problems.
class Look {
 public:
  explicit Look(Application& app) : app_(app) {
    if (look_at_users()) look_at_groups();
  }

  const Looks& looks() const { return looks_; }
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  bool expect(bool is_so, const std::string& otherwise) {
    if (!is_so) problems_.push_back(otherwise);
    return is_so;
  }
  /// nullopt: it cannot be read.
  std::optional<Json> found(const std::string& endpoint, const std::string& filter) {
    const Answer answer = app_.ask("GET", endpoint + "?count=1000&filter=" + percent_encode(filter));
    if (!expect(answer.status == 200, endpoint + " is answered by " + std::to_string(answer.status) + ' ' + answer.detail())) return std::nullopt;
    const Json& resources = answer.body.at("Resources");
    expect(answer.body.at("totalResults") == resources.size(), endpoint + " has another number than it says");
    return resources;
  }
  void expect_only(const Json& resource, const std::string& endpoint, const std::string& filter) {
    const auto all = found(endpoint, filter);
    expect(all && all->size() == 1 && all->front().at("id") == resource.at("id"), filter + " does not find " + resource.dump());
  }

  /// Whether they can be read.
  bool look_at_users() {
    const auto users = found("/Users", "userName sw \"writer\"");
    if (!users) return false;
    for (const Json& user : *users) {
      const std::string name = user.at("userName");
      const std::string path = "/Users/" + user.at("id").get<std::string>();
      expect(app_.ask("GET", path).body == user, path + " is not what the list has");
      const Json columns = app_.ask("GET", path + "?attributes=emails,phoneNumbers,displayName").body;
      for (const char* attribute : {"emails", "phoneNumbers", "displayName"}) {
        if (!expect(columns.contains(attribute) && user.contains(attribute) && columns.at(attribute) == user.at(attribute),
                    path + ": " + attribute + " that are kept ready are not those in the tables")) return false;
      }
      const std::string mail = columns.at("emails").at(0).at("value");
      expect_only(user, "/Users", "userName eq \"" + name + '"');
      expect_only(user, "/Users", "emails.value eq \"" + mail + '"');
      names_[user.at("id")] = name;
      looks_[name] = mail + " +" + columns.at("phoneNumbers").at(0).at("value").get<std::string>() + " " + columns.at("displayName").get<std::string>();
    }
    return true;
  }

  void look_at_groups() {
    const auto groups = found("/Groups", "displayName sw \"writer\"");
    if (!groups) return;
    for (const Json& group : *groups) {
      std::set<std::string> members;
      for (const Json& member : group.value("members", Json::array())) {
        const auto user = names_.find(member.at("value"));
        if (!expect(user != names_.end(), "a member that is nobody")) continue;
        members.insert(user->second);
        expect_only(group, "/Groups", "members.value eq \"" + user->first + '"');
      }
      std::string all;
      for (const std::string& member : members) all.append(member).append(" ");
      looks_[group.at("displayName")] = all;
    }
  }

  Application& app_;
  Looks looks_;
  std::map<std::string, std::string> names_;  // by ids
  std::vector<std::string> problems_;
};

/// Makes users, changes them, takes them into its group in a bulk that is all or nothing, and deletes some.
class RecordedWriter {
 public:
  RecordedWriter(std::string name, Application& app, sql::SqlStore& store, WriteHistory& history)
      : name_(std::move(name)), app_(app), store_(store), history_(history) {}

  void turn(int number) {
    if (group_id_.empty()) make_group();
    const std::string one = name_ + "-one" + std::to_string(number);
    const std::string id = send({{one, look_of_user(one, 0)}}, "POST", "/Users", user(one, 0)).id();
    if (!id.empty()) {
      Json body = user(one, 1);
      body.erase("schemas");
      send({{one, look_of_user(one, 1)}}, "PATCH", "/Users/" + id, patch({{{"op", "replace"}, {"value", body}}}));
    }
    if (!group_id_.empty()) take_in_two(number);
    if (number % 2 == 1) delete_member();
    if (number % 3 == 1 && !id.empty()) send({{one, WriteHistory::kAbsent}}, "DELETE", "/Users/" + id, nullptr);
  }

  /// Of answers that were no success.
  const std::vector<Answer>& failures() const { return failures_; }

 private:
  static Json user(const std::string& name, int turn) {
    const std::string number = std::to_string(turn);
    return {{"schemas", {urn::kUser}},
            {"userName", name},
            {"displayName", name + " the " + number},
            {"emails", {{{"value", name + "-" + number + "@example.com"}, {"type", "work"}}}},
            {"phoneNumbers", {{{"value", number}, {"type", "work"}}}}};
  }
  static Json patch(const Json& operations) { return {{"schemas", {urn::kPatchOp}}, {"Operations", operations}}; }

  void make_group() {
    group_id_ = send({{name_, ""}}, "POST", "/Groups", {{"schemas", {urn::kGroup}}, {"displayName", name_}}).id();
  }

  void take_in_two(int number) {
    const std::string a = name_ + "-a" + std::to_string(number);
    const std::string b = name_ + "-b" + std::to_string(number);
    const auto post = [](const std::string& name) {
      return Json{{"method", "POST"}, {"path", "/Users"}, {"bulkId", name}, {"data", user(name, 0)}};
    };
    const Json both = {{{"value", "bulkId:" + a}}, {{"value", "bulkId:" + b}}};
    const Json add = {{"method", "PATCH"}, {"path", "/Groups/" + group_id_}, {"data", patch({{{"op", "add"}, {"path", "members"}, {"value", both}}})}};
    std::map<std::string, std::string> members = members_;
    members[a] = members[b] = "";
    const Answer answer = send({{a, look_of_user(a, 0)}, {b, look_of_user(b, 0)}, {name_, look_of_group(members)}}, "POST", "/Bulk",
                               {{"schemas", {urn::kBulkRequest}}, {"atomic", true}, {"Operations", {post(a), post(b), add}}});
    if (answer.status != 200) return;
    members_ = std::move(members);
    for (const Json& operation : answer.body["Operations"]) {
      const std::string location = operation.value("location", "");
      if (operation.contains("bulkId")) members_[operation["bulkId"]] = location.substr(location.rfind('/') + 1);
    }
  }

  void delete_member() {
    if (members_.empty()) return;
    const auto [name, id] = *members_.begin();
    std::map<std::string, std::string> members = members_;
    members.erase(name);
    const Answer answer = send({{name, WriteHistory::kAbsent}, {name_, look_of_group(members)}}, "DELETE", "/Users/" + id, nullptr);
    if (answer.status == 204) members_ = std::move(members);
  }

  static std::string look_of_group(const std::map<std::string, std::string>& members) {
    std::string all;
    for (const auto& [name, id] : members) all.append(name).append(" ");
    return all;
  }

  Answer send(const Looks& looks, const std::string& method, const std::string& path, const Json& body) {
    const WriteHistory::Write write = history_.begin(looks);
    const Answer answer = app_.ask(store_, method, path, body);
    if (is_done(answer)) {
      history_.acknowledge(write);
    } else {
      history_.refuse(write);
      failures_.push_back(answer);
    }
    return answer;
  }
  static bool is_done(const Answer& answer) {
    if (answer.status >= 300) return false;
    if (!answer.body.is_object() || !answer.body.contains("Operations")) return true;
    for (const Json& operation : answer.body["Operations"]) {
      if (operation["status"].get<std::string>() >= "300") return false;
    }
    return true;
  }

  const std::string name_;
  Application& app_;
  sql::SqlStore& store_;
  WriteHistory& history_;
  std::string group_id_;
  std::map<std::string, std::string> members_;  // ids by their names
  std::vector<Answer> failures_;
};

}  // namespace scim::test
