// SPDX-License-Identifier: MIT
// Random requests to the whole handler over SQLite, and a model that says what each must do: no answer is a fault of ours, each is a
// SCIM document, and after every request that was accepted GET and lists show what the model has.
//
// usage: fuzz_service [--seed N] [--requests N | --seconds N] [--last N]
//
// What is broken is printed with the N requests that came last, and with the line that does all of it again.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <deque>
#include <random>

#include "core/filter.h"
#include "core/handler.h"
#include "core/match.h"
#include "tests/fuzz/sample_store.h"
#include "tests/fuzz/scim_answer.h"
#include "tests/fuzz/service_intents.h"

namespace scim::fuzz {
namespace {

constexpr std::string_view kMe = "ada";
constexpr std::string_view kBulkRequest = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
constexpr std::string_view kSearchRequest = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

template <class T>
T taken(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  return *std::move(result);
}

/// Who asks: one who sees all, or one from whom some of what users have is hidden.
enum class Client { whole, veiled };

/// The server: handle() with all that it needs.
class Server {
 public:
  Server() : config_(config_with_widgets(dir_)), served_(taken(sql::load_served(config_))) {
    store_ = taken(sql::open_store(config_, served_.mapping, env_));
    NewToken token = make_token("fuzzer", Rights::read_and_write, {}, env_);
    token.kept.user_name = kMe;
    taken(tokens_.insert_token(token.kept).map([] { return 0; }));
    authorizations_[Client::whole] = "Bearer " + token.text;
    NewToken veiled = make_token("veiled", Rights::read_and_write, {}, env_);
    veiled.kept.hidden = {"title", "emails", "name.familyName"};
    taken(tokens_.insert_token(veiled.kept).map([] { return 0; }));
    authorizations_[Client::veiled] = "Bearer " + veiled.text;
  }
  const Registry& registry() const { return *served_.registry; }
  Response handle(Request request, Client client) {
    env_.advance(std::chrono::milliseconds(10));
    request.base_url = SampleStore::kBaseUrl;
    request.authorization = authorizations_[client];
    App app{config_, *served_.registry, *store_, tokens_, env_};
    return scim::handle(request, app);
  }

 private:
  test::TempDir dir_;
  QuietEnv env_;
  test::TokenMap tokens_;
  Config config_;
  sql::Served served_;
  std::unique_ptr<sql::SqlStore> store_;
  std::map<Client, std::string> authorizations_;
};

struct Answer {
  Response response;
  Json body;  ///< null: none
};

class Session {
 public:
  /// The `remembered` last requests are kept.
  Session(unsigned seed, std::size_t remembered) : random_(seed), writer_(server_.registry(), random_), remembered_(remembered) {}

  void step();
  long requests() const { return requests_; }
  const std::deque<std::string>& last() const { return last_; }

 private:
  Answer ask(Request request, Client client = Client::whole, Method method = Method::offered);
  Answer get(const std::string& path, const std::string& query = {}, Client client = Client::whole);

  void write(const Intent& intent, const std::string& path);
  void check_answer_of(const Intent& intent, const std::string& id, const Answer& answer);
  void check_shown(const ResourceType& type, const std::string& id);
  std::string version_of(const Intent& intent);

  void bulk();
  void me();
  void read();
  void walk();
  void filter();
  void veiled();
  void broken_request();
  void damage(Request& request, const Intent& intent);
  void take_over(const std::string& method, const std::string& addressed, int status);
  std::vector<Json> all(const ResourceType& type);

  Server server_;
  test::Random random_;
  IntentWriter writer_;
  Model model_;
  std::map<std::string, std::string> versions_;  // as they were shown last
  std::size_t remembered_;
  std::deque<std::string> last_;
  long requests_ = 0;
};

std::string location_of(const Intent& intent, const std::string& id) {
  return std::string(SampleStore::kBaseUrl) + intent.type->endpoint + '/' + id;
}

Request request_of(const Intent& intent, const std::string& path) {
  Request request;
  request.method = intent.method;
  request.path = path;
  if (!intent.body.is_null()) request.body = to_text(intent.body);
  return request;
}

// --- Asking --------------------------------------------------------------------------------------------------------

Answer Session::ask(Request request, Client client, Method method) {
  ++requests_;
  std::string line = (client == Client::veiled ? "(veiled) " : "") + request.method + ' ' + request.path + (request.query.empty() ? "" : "?" + request.query);
  if (!request.if_match.empty()) line += "  If-Match: " + request.if_match;
  if (!request.body.empty()) line += "  " + request.body;
  last_.push_back(line);
  if (last_.size() > remembered_) last_.pop_front();
  Answer answer{server_.handle(std::move(request), client), nullptr};
  last_.back() += "  -> " + std::to_string(answer.response.status);
  answer.body = check_answer(answer.response.status, answer.response.body, method);
  return answer;
}

Answer Session::get(const std::string& path, const std::string& query, Client client) {
  Request request;
  request.method = "GET";
  request.path = path;
  request.query = query;
  return ask(std::move(request), client);
}

void Session::step() {
  const std::size_t kind = random_.below(100);
  if (kind < 45) {
    const Intent intent = writer_.write(model_);
    return write(intent, intent.path());
  }
  if (kind < 52) return bulk();
  if (kind < 57) return me();
  if (kind < 65) return read();
  if (kind < 70) return walk();
  if (kind < 77) return filter();
  if (kind < 84) return veiled();
  broken_request();
}

// --- Writing -------------------------------------------------------------------------------------------------------

/// RFC 7644 3.5.2.1: a version moves exactly if something has changed.
bool is_same(const Model::Entry& a, const Model::Entry& b) {
  return a.members == b.members && canonical(a.body) == canonical(b.body);
}

void Session::write(const Intent& intent, const std::string& path) {
  const bool is_update = intent.method == "PUT" || intent.method == "PATCH";
  const Model::Entry before = is_update ? *model_.find(intent.id) : Model::Entry();
  const std::string version = is_update && random_.chance(0.3) ? version_of(intent) : "";
  const Answer answer = ask(request_of(intent, path));
  const int status = answer.response.status;
  expect(status == intent.status, "a request does what it must", std::to_string(status) + ", not " + std::to_string(intent.status) + ": " + answer.response.body);
  const std::string id = intent.method == "POST" && status == 201 ? answer.body["id"].get<std::string>() : intent.id;
  if (status < 400) {
    if (intent.after.type == nullptr) model_.remove(id);
    else model_.put(id, intent.after);
  }
  if (id.empty()) return;
  if (status < 300 && status != 204) check_answer_of(intent, id, answer);
  check_shown(*intent.type, id);
  if (version.empty()) return;
  const bool is_unchanged = status >= 400 || is_same(before, intent.after);
  expect((versions_[id] == version) == is_unchanged, is_unchanged ? "without a change a version stays" : "with a change a version moves", version);
}

std::string Session::version_of(const Intent& intent) {
  return get(intent.type->endpoint + '/' + percent_encode(intent.id)).body["meta"]["version"].get<std::string>();
}

/// What it made is where it says, and looks like what a GET shows.
void Session::check_answer_of(const Intent& intent, const std::string& id, const Answer& answer) {
  expect_equal(std::string(answer.response.header("Location")), location_of(intent, id), "Location is where the resource is");
  expect_equal(to_text(canonical(without_derived(answer.body))), to_text(canonical(model_.shown(id))), "an answer shows what was made");
}

void Session::check_shown(const ResourceType& type, const std::string& id) {
  const std::string before = versions_[id];
  const Answer answer = get(type.endpoint + '/' + percent_encode(id));
  const Model::Entry* entry = model_.find(id);
  if (entry == nullptr) {
    expect(answer.response.status == 404, "what is gone is not found", answer.response.body);
    versions_.erase(id);
    return;
  }
  expect(answer.response.status == 200, "what is there is found", answer.response.body);
  expect_equal(to_text(canonical(without_derived(answer.body))), to_text(canonical(model_.shown(id))), "GET shows what the model has");
  expect(answer.body["id"] == id && answer.body["meta"]["resourceType"] == type.name, "GET shows which resource it is", answer.response.body);
  expect(answer.body["schemas"] == schemas_of(type, answer.body), "schemas are those that have data", answer.response.body);
  const std::string version = answer.body["meta"]["version"].get<std::string>();
  expect_equal(std::string(answer.response.header("ETag")), version, "ETag is the version");
  versions_[id] = version;
}

/// A job whose operations are such requests; later ones know what earlier ones create by its bulkId.
void Session::bulk() {
  Model after = model_;
  Json operations = Json::array();
  std::vector<Intent> intents;
  for (std::size_t i = 0; i < 1 + random_.below(6); ++i) {
    Intent intent = writer_.write(after);
    Json operation = {{"method", intent.method}, {"path", intent.type->endpoint + (intent.id.empty() ? "" : "/" + intent.id)}};
    if (!intent.body.is_null()) operation["data"] = intent.body;
    if (intent.id.empty()) {
      operation["bulkId"] = "b" + std::to_string(i);
      intent.id = "bulkId:b" + std::to_string(i);
    }
    operations.push_back(std::move(operation));
    if (intent.status < 400 && intent.after.type != nullptr) after.put(intent.id, intent.after);
    if (intent.status < 400 && intent.after.type == nullptr) after.remove(intent.id);
    intents.push_back(std::move(intent));
  }
  Request request;
  request.method = "POST";
  request.path = "/Bulk";
  request.body = to_text(Json{{"schemas", {kBulkRequest}}, {"Operations", operations}});
  const Answer answer = ask(std::move(request));
  expect(answer.response.status == 200, "a job is carried out", answer.response.body);
  const Json& entries = answer.body["Operations"];
  expect(entries.size() == intents.size(), "each operation has an entry", answer.response.body);
  for (std::size_t i = 0; i < intents.size(); ++i) {
    expect(entries[i]["status"] == std::to_string(intents[i].status), "an operation does what it must",
           std::to_string(i) + ", not " + std::to_string(intents[i].status) + ": " + answer.response.body);
    if (intents[i].status != 201) continue;
    const std::string location = entries[i]["location"].get<std::string>();
    after.rename(intents[i].id, location.substr(location.rfind('/') + 1));
  }
  model_ = std::move(after);
  for (const Intent& intent : intents) {
    if (!intent.id.starts_with("bulkId:")) check_shown(*intent.type, intent.id);
  }
  if (random_.chance(0.3)) walk();
}

// --- Reading -------------------------------------------------------------------------------------------------------

void Session::me() {
  const std::string id = model_.user_named(std::string(kMe));
  const Answer answer = get("/Me");
  expect(answer.response.status == (id.empty() ? 404 : 200), "/Me is there exactly if its user is", answer.response.body);
  if (id.empty()) return;
  expect_equal(answer.body["id"].get<std::string>(), id, "/Me is its user");
  Intent intent = writer_.change(model_);
  while (intent.method != "PUT" && intent.method != "PATCH") intent = writer_.change(model_);
  if (intent.id == id) write(intent, "/Me");
}

/// One resource: what is asked for, and whether it is another version.
void Session::read() {
  const ResourceType& type = writer_.random_type();
  const std::vector<std::string> ids = model_.ids(type);
  if (ids.empty()) return;
  const std::string path = type.endpoint + '/' + percent_encode(random_.pick(ids));
  const Answer whole = get(path);
  const Attribute& attribute = random_.pick(type.attributes);
  const Answer part = get(path, "attributes=" + percent_encode(attribute.name));
  for (const auto& [name, value] : part.body.items()) {
    const bool is_asked_for = name == attribute.name || type.find(name) == nullptr || type.find(name)->returned == Returned::always;
    expect(is_asked_for, "what is not asked for is not shown", name);
    if (whole.body.contains(name) && name != "schemas") expect_equal(to_text(value), to_text(whole.body[name]), "a part is what it is in the whole: " + name);
  }
  Request conditional;
  conditional.method = "GET";
  conditional.path = path;
  conditional.if_none_match = random_.chance(0.5) ? std::string(whole.response.header("ETag")) : "W/\"other\"";
  const int status = ask(conditional).response.status;
  expect(status == (conditional.if_none_match == "W/\"other\"" ? 200 : 304), "304 is for the version that is known", std::to_string(status));
}

std::vector<Json> Session::all(const ResourceType& type) {
  const Answer answer = get(type.endpoint, "count=1000");
  expect(answer.response.status == 200, "a list is shown", answer.response.body);
  std::vector<Json> resources = answer.body.value("Resources", Json::array());
  return resources;
}

std::string sortable(const ResourceType& type, test::Random& random) {
  const Attribute* attribute = &random.pick(type.attributes);
  while (attribute->type == Type::complex) attribute = &random.pick(attribute->sub_attributes);
  return attribute->path();
}

/// All of a type, page by page, by index or by cursor: each once, as the model has it.
void Session::walk() {
  const ResourceType& type = writer_.random_type();
  const bool by_cursor = random_.chance(0.5);
  const std::string sort = random_.chance(0.5) ? "&sortBy=" + percent_encode(sortable(type, random_)) : "";
  const std::string count = "count=" + std::to_string(1 + random_.below(20)) + sort;
  std::set<std::string> seen;
  std::string place = by_cursor ? "&cursor=" : "&startIndex=1";
  while (!place.empty()) {
    const Answer page = get(type.endpoint, count + place);
    expect(page.response.status == 200, "a page is shown", page.response.body);
    expect(page.body["totalResults"] == model_.ids(type).size(), "totalResults is how many there are", page.response.body);
    const Json resources = page.body.value("Resources", Json::array());
    for (const Json& resource : resources) {
      const std::string id = resource["id"].get<std::string>();
      expect(model_.find(id) != nullptr && seen.insert(id).second, "pages have each resource once", id);
      expect_equal(to_text(canonical(without_derived(resource))), to_text(canonical(model_.shown(id))), "a list shows what the model has");
    }
    place.clear();
    if (by_cursor && page.body.contains("nextCursor")) place = "&cursor=" + page.body["nextCursor"].get<std::string>();
    if (!by_cursor && !resources.empty()) place = "&startIndex=" + std::to_string(seen.size() + 1);
  }
  expect(seen.size() == model_.ids(type).size(), "pages have all resources", std::to_string(seen.size()));
}

/// A list that is filtered has those of which match() says so, as URL and as .search.
void Session::filter() {
  const ResourceType& type = *server_.registry().type_by_name(random_.chance(0.6) ? "User" : "Group");
  const std::vector<Json> resources = all(type);
  if (resources.empty()) return;
  test::Texts texts;
  for (const Json& resource : resources) {
    texts["value"].push_back(resource["id"].get<std::string>());
    for (const char* name : {"id", "userName", "displayName"}) {
      if (resource.contains(name)) texts[name].push_back(resource[name].get<std::string>());
    }
  }
  const std::string text = test::FilterWriter(type, random_, texts).write(2);
  const Predicate predicate = taken(bind(taken(parse_filter(text)), type));
  std::string expected;
  for (const Json& resource : resources) {
    if (match(predicate, resource)) expected += resource["id"].get<std::string>() + ' ';
  }
  Request request;
  request.method = random_.chance(0.5) ? "GET" : "POST";
  request.path = type.endpoint + (request.method == "GET" ? "" : "/.search");
  if (request.method == "GET") request.query = "count=1000&filter=" + percent_encode(text);
  else request.body = to_text(Json{{"schemas", {kSearchRequest}}, {"count", 1000}, {"filter", text}});
  const Answer answer = ask(std::move(request));
  std::string found;
  for (const Json& resource : answer.body.value("Resources", Json::array())) found += resource["id"].get<std::string>() + ' ';
  expect_equal(found, expected, "a list has what matches: " + text);
}

// --- Somebody from whom something is hidden ------------------------------------------------------------------------

/// What the token "veiled" does not see.
void hide(Json& body) {
  body.erase("title");
  body.erase("emails");
  const auto name = body.find("name");
  if (name == body.end() || !name->is_object()) return;
  name->erase("familyName");
  if (name->empty()) body.erase(name);
}

void give_back_hidden(const Json& before, Json& body) {
  hide(body);
  for (const char* hidden : {"title", "emails"}) {
    if (before.contains(hidden)) body[hidden] = before[hidden];
  }
  if (before.contains("name") && before["name"].contains("familyName")) body["name"]["familyName"] = before["name"]["familyName"];
}

/// What is hidden is not shown, found by, or changed by who does not know of it.
void Session::veiled() {
  const ResourceType& users = *server_.registry().type_by_name("User");
  const std::vector<std::string> ids = model_.ids(users);
  if (ids.empty()) return;
  const std::string id = random_.pick(ids);
  const std::string path = users.endpoint + '/' + id;
  Json shown = model_.shown(id);
  hide(shown);
  expect_equal(to_text(canonical(without_derived(get(path, "", Client::veiled).body))), to_text(canonical(shown)), "what is hidden is not shown");
  static constexpr std::array<std::string_view, 4> kFilters = {"title pr", "emails.value sw \"a\"", "not (name.familyName pr)", "emails[type pr]"};
  const Answer found = get(users.endpoint, "filter=" + percent_encode(random_.pick(kFilters)), Client::veiled);
  expect(found.response.status == 400, "nobody is found by what is hidden", found.response.body);
  Intent intent = writer_.replace(model_, id);
  if (random_.chance(0.5)) hide(intent.body);
  give_back_hidden(model_.find(id)->body, intent.after.body);
  const Answer answer = ask(request_of(intent, path), Client::veiled);
  expect(answer.response.status == intent.status, "a request does what it must", answer.response.body);
  if (intent.status < 400) {
    model_.put(id, intent.after);
    Json seen = model_.shown(id);
    hide(seen);
    expect_equal(to_text(canonical(without_derived(answer.body))), to_text(canonical(seen)), "an answer does not show what is hidden");
  }
  check_shown(users, id);
}

// --- Requests with a mistake ---------------------------------------------------------------------------------------

std::vector<Json*> places_of(Json& value) {
  std::vector<Json*> places = {&value};
  if (!value.is_structured()) return places;
  for (Json& part : value) {
    const std::vector<Json*> inner = places_of(part);
    places.insert(places.end(), inner.begin(), inner.end());
  }
  return places;
}

Json odd_value(test::Random& random) {
  static const std::array<const char*, 22> kOdd = {
      "null", "true", "5", "-1", "1.5", "1e308", "18446744073709551615", "-9223372036854775808", "\"\"", "\"x\"", "\"True\"", "[]", "{}", "[[]]", "[null]",
      "[{}]", "{\"value\":{\"value\":{}}}", "[[[[[[[[[[1]]]]]]]]]]", "\"2020-01-01T00:00:00Z\"", "\"\\u202e\\ud83d\\ude00\\u0301\"", "\"\\u0001\"",
      "[{\"primary\":true},{\"primary\":true}]"};
  return Json::parse(random.pick(kOdd));
}

/// Text that no parser of ours may take for something else, or does.
void damage_text(std::string& text, test::Random& random) {
  static constexpr std::array<std::string_view, 12> kOdd = {"\"", "{", "]", ",", "\\u0000", "\\ud800", "\xff", "1e400", "\t", "\\", "null", std::string_view("\0", 1)};
  if (text.empty()) return;
  const std::size_t at = random.below(text.size());
  switch (random.below(3)) {
    case 0: text.resize(at); return;
    case 1: text.insert(at, random.pick(kOdd)); return;
    default: text[at] = static_cast<char>(random.below(256));
  }
}

constexpr std::array<std::string_view, 24> kOddPaths = {
    "", "[", "emails[", "emails[]", "emails[type eq]", "emails[type eq \"work\"", "emails[type eq \"work\"].value.x", "emails.value", "name.", ".name", "urn:x", "urn:x:y.z",
    "schemas", "id", "meta.version", "groups", "members[value eq \"x\"].value", "members.value", "\u00e9", "userName.x", "emails[userName eq 1]",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "urn:ietf:params:scim:schemas:core:2.0:User:name", "emails[not (type pr)]"};
constexpr std::array<std::string_view, 12> kOddQueries = {
    "count=-1", "count=x", "startIndex=0&count=99999999999999999999", "filter=", "filter=%22", "filter=userName", "sortBy=..", "sortOrder=up", "cursor=AAAA",
    "attributes=a.b.c,,&excludedAttributes=", "%", "attributes=userName&excludedAttributes=userName"};
constexpr std::array<std::string_view, 10> kOddIds = {"%00", "%ff", "..", "%2e%2e", "%2F", ".search", "x", "%", "a/b", "?"};
constexpr std::array<std::string_view, 8> kOddMethods = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "TRACE", "get"};

void Session::damage(Request& request, const Intent& intent) {
  Json body = intent.body;
  switch (random_.below(10)) {
    case 0: return damage_text(request.body, random_);
    case 1:
    case 2:
    case 3:
      *random_.pick(places_of(body)) = odd_value(random_);
      if (!intent.body.is_null()) request.body = to_text(body);
      return;
    case 4:
      if (intent.method != "PATCH") return damage_text(request.body, random_);
      body["Operations"][random_.below(body["Operations"].size())]["path"] = random_.pick(kOddPaths);
      request.body = to_text(body);
      return;
    case 5: request.path = intent.type->endpoint + '/' + std::string(random_.pick(kOddIds)); return;
    case 6: request.query = random_.pick(kOddQueries); return;
    case 7: request.if_match = random_.chance(0.5) ? "W/\"0\"" : "nonsense, \""; return;
    case 8: request.method = random_.pick(kOddMethods); return;
    default: request.content_type = random_.chance(0.5) ? "text/plain" : "application/scim+json; charset=latin1"; return;
  }
}

/// One mistake, or none at all: what is refused has changed nothing; what was taken has changed what it was sent to, or made one
/// resource, and is shown from then on.
void Session::broken_request() {
  const Intent intent = writer_.write(model_);
  Request request = request_of(intent, intent.path());
  damage(request, intent);
  const std::string method = request.method;
  const bool may_write = method != "GET" && method != "HEAD";
  const Answer answer = ask(std::move(request), Client::whole, Method::any);
  if (answer.response.status < 400 && may_write) return take_over(method, intent.id, answer.response.status);
  if (!intent.id.empty()) check_shown(*intent.type, intent.id);
  expect(all(*intent.type).size() == model_.ids(*intent.type).size(), "what is refused makes nothing", answer.response.body);
  if (random_.chance(0.2)) take_over("", "", answer.response.status);
}

/// `method` "": nothing may have changed.
void Session::take_over(const std::string& method, const std::string& addressed, int status) {
  Model::Shown shown;
  for (const auto& type : server_.registry().types()) {
    for (Json& resource : all(*type)) shown.emplace_back(type.get(), std::move(resource));
  }
  Model before = model_;
  model_.adopt(shown);
  if (method == "DELETE") before.remove(addressed);  // from the groups that it was in, too
  std::size_t made = 0;
  for (const auto& [id, entry] : model_.entries()) {
    const Model::Entry* known = before.find(id);
    made += known == nullptr ? 1 : 0;
    expect(known == nullptr || id == addressed || is_same(*known, entry), "nothing else is changed", id);
  }
  expect(made == (status == 201 ? 1U : 0U), "one request makes one resource, and none is made by others", std::to_string(made));
  expect(model_.entries().size() == before.entries().size() + made, "nothing else is gone", std::to_string(before.entries().size()));
  // What follows from others must follow from what was taken over, too.
  for (const auto& [id, entry] : model_.entries()) {
    if (random_.chance(0.1)) check_shown(*entry.type, id);
  }
}

// --- The program ---------------------------------------------------------------------------------------------------

struct Arguments {
  unsigned seed = 20260102;
  long requests = 1000;
  long seconds = 0;  ///< 0: as many requests
  std::size_t last = 12;
};

Arguments parse(int count, char** texts) {
  Arguments arguments;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = texts[i];
    const long value = std::atol(texts[i + 1]);
    if (name == "--seed") arguments.seed = static_cast<unsigned>(value);
    if (name == "--requests") arguments.requests = value;
    if (name == "--seconds") arguments.seconds = value;
    if (name == "--last") arguments.last = static_cast<std::size_t>(value);
  }
  return arguments;
}

void tell(const Session& session, unsigned seed, const std::string& what) {
  for (const std::string& line : session.last()) std::fprintf(stderr, "%s\n", line.c_str());
  std::fprintf(stderr, "%s\nagain: fuzz_service --seed %u --requests %ld\n", what.c_str(), seed, session.requests());
}

int run(const Arguments& arguments) {
  std::fprintf(stderr, "seed %u\n", arguments.seed);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(arguments.seconds);
  Session session(arguments.seed, std::max<std::size_t>(arguments.last, 1));
  const auto goes_on = [&] { return arguments.seconds == 0 ? session.requests() < arguments.requests : std::chrono::steady_clock::now() < end; };
  try {
    while (goes_on()) session.step();
  } catch (const std::exception& error) {
    tell(session, arguments.seed, error.what());
    return 1;
  }
  std::fprintf(stderr, "%ld requests\n", session.requests());
  return 0;
}

}  // namespace
}  // namespace scim::fuzz

int main(int count, char** arguments) { return scim::fuzz::run(scim::fuzz::parse(count, arguments)); }
