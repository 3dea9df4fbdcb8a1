// SPDX-License-Identifier: MIT
// Users and groups as directories of companies have them, the same for the same arguments.
//
// usage: bench_data users FROM COUNT [STEP]   JSON lines: the users FROM, FROM + STEP, ...
//        bench_data groups USERS              JSON lines: the groups of a directory of USERS users, as scimctl import
//                                             takes them: members are named by userName
//
// What is in a user, and why:
//  * userName is a mail address, as Okta and Entra ID send it; given and family names have 3 to 11 letters, a tenth of them
//    beyond ASCII. A number keeps them apart, as real directories do with namesakes.
//  * a work address each, and a second one, private, for 45 %; one mobile number for 85 %, one at work for 40 %.
//  * an address of the office for 40 %: most directories fill it for sites that have one.
//  * title, department (40, a few large), division, costCenter, employeeNumber for all. No manager: that is an id of the
//    server, which a file cannot know.
//  * preferredLanguage, locale and timezone of the office; 4 % are not active.
// That is 0.9 kB of JSON, without what the server adds.
//
// Groups: one for ten users, sizes after Pareto (alpha 1.2, at least 5): half of them have fewer than 9 members, a few
// have thousands, and none more than a twentieth of all, as in tenants where teams make groups by themselves. That is some
// two memberships for each user. And one each of exactly 100, 1,000, 10,000 and 100,000 members, called "size-100", if there
// are so many users.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// splitmix64: a number for each seed, so that user 7 is the same whoever comes before.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15U + 0x1234567) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  bool chance(unsigned percent) { return below(100) < percent; }
  double unit() { return static_cast<double>((next() >> 11) + 1) * 0x1p-53; }  // (0, 1]
  template <class List>
  std::string_view of(const List& list) { return list[below(list.size())]; }

 private:
  std::uint64_t state_;
};

using Words = std::vector<std::string_view>;

const Words& given_names() {
  static const Words words{
      "Ada", "Alan", "Amélie", "Ana", "Anders", "Barbara", "Björn", "Carlos", "Chiara", "Daniel", "Deborah",
      "Edsger", "Elena", "Emma", "Fatima", "François", "Grace", "Hannah", "Hiroshi", "Ingrid", "Ivan", "James",
      "Jürgen", "Katherine", "Kenji", "Lars", "Leila", "Linus", "Maria", "Michael", "Mohammed", "Natalia", "Olivia",
      "Paulo", "Priya", "Rahul", "Robert", "Sofia", "Thomas", "Wei", "William", "Xin", "Yasmin", "Zoë", "Alexander",
      "Christopher", "Elizabeth", "Maximilian"};
  return words;
}
const Words& family_names() {
  static const Words words{
      "Almeida", "Andersson", "Baker", "Bauer", "Bernard", "Chen", "Clark", "Costa", "Davies", "Dijkstra", "Dubois",
      "Fischer", "Garcia", "González", "Gupta", "Hansen", "Hernández", "Hoffmann", "Hopper", "Ivanov", "Jackson",
      "Johansson", "Jones", "Kim", "Kowalski", "Kumar", "Lee", "Lovelace", "Martin", "Miller", "Müller", "Nakamura",
      "Nguyen", "Novak", "O'Connor", "Olsen", "Patel", "Petrov", "Rossi", "Santos", "Schneider", "Silva", "Singh",
      "Smith", "Sørensen", "Suzuki", "Turing", "van den Berg", "Wagner", "Wang", "Williams", "Yamamoto", "Young",
      "Zhang", "Zimmermann", "Featherstone"};
  return words;
}
const Words& levels() {
  static const Words words{
      "", "", "", "Senior ", "Senior ", "Principal ", "Junior ", "Lead ", "Head of "};
  return words;
}
const Words& departments() {
  static const Words words{
      "Engineering", "Sales", "Support", "Marketing", "Finance", "Human Resources", "Legal", "Operations",
      "Research and Development", "Procurement", "Quality Assurance", "Information Technology", "Security",
      "Facilities", "Logistics", "Manufacturing", "Product Management", "Customer Success", "Professional Services",
      "Internal Audit", "Communications", "Corporate Development", "Data Science", "Training", "Field Engineering",
      "Treasury", "Tax", "Compliance", "Strategy", "Business Intelligence", "Design", "Documentation",
      "Localization", "Partner Management", "Public Sector", "Retail", "Supply Chain", "Workplace", "Travel",
      "Executive Office"};
  return words;
}
const Words& jobs() {
  static const Words words{
      "Engineer", "Account Executive", "Analyst", "Specialist", "Consultant", "Technician", "Administrator",
      "Architect", "Coordinator", "Project Manager", "Business Partner", "Developer"};
  return words;
}

struct Office {
  std::string_view street, city, region, postcode, country, language, zone, dial;
};
const std::array<Office, 8>& offices() {
  static const std::array<Office, 8> places{{
      {"100 Universal City Plaza", "Hollywood", "CA", "91608", "US", "en-US", "America/Los_Angeles", "+1-555-"},
      {"1 Congress Street", "Boston", "MA", "02114", "US", "en-US", "America/New_York", "+1-617-"},
      {"Friedrichstraße 68", "Berlin", "BE", "10117", "DE", "de-DE", "Europe/Berlin", "+49-30-"},
      {"12 rue de la Paix", "Paris", "Île-de-France", "75002", "FR", "fr-FR", "Europe/Paris", "+33-1-"},
      {"30 St Mary Axe", "London", "Greater London", "EC3A 8BF", "GB", "en-GB", "Europe/London", "+44-20-"},
      {"Avenida Paulista 1578", "São Paulo", "SP", "01310-200", "BR", "pt-BR", "America/Sao_Paulo", "+55-11-"},
      {"MG Road 45", "Bengaluru", "KA", "560001", "IN", "en-IN", "Asia/Kolkata", "+91-80-"},
      {"2-3-1 Marunouchi", "Tokyo", "Tokyo", "100-0005", "JP", "ja-JP", "Asia/Tokyo", "+81-3-"},
  }};
  return places;
}

/// Letters of a mail address: what is beyond a to z falls out.
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower >= 'a' && lower <= 'z') out += lower;
  }
  return out;
}

/// The names alone, which members and managers are referred to by.
struct Person {
  std::string_view given, family;
  std::string user_name;
};
Person person(std::uint64_t user) {
  Random random(user * 2 + 1);
  Person result{random.of(given_names()), random.of(family_names()), {}};
  result.user_name = plain(result.given) + "." + plain(result.family) + std::to_string(user) + "@example.com";
  return result;
}

std::string employee_number(std::uint64_t user) { return "E" + std::to_string(10000000 + user); }

std::string digits(Random& random, int count) {
  std::string out;
  while (count-- > 0) out += static_cast<char>('0' + random.below(10));
  return out;
}

std::string_view department_of(Random& random) {
  // A few large ones: the square of a uniform number leans to the first.
  const double u = random.unit();
  const auto& all = departments();
  return all[std::min(all.size() - 1, static_cast<std::size_t>(u * u * static_cast<double>(all.size())))];
}

void add_contacts(std::string& out, const Person& who, const Office& office, Random& random, std::uint64_t user) {
  const std::string name = plain(who.given) + "." + plain(who.family) + std::to_string(user);
  out += R"("emails":[{"value":")" + who.user_name + R"(","type":"work","primary":true})";
  if (random.chance(45)) out += R"(,{"value":")" + name + R"(@mail.example.net","type":"home"})";
  out += "]";
  const bool mobile = random.chance(85);
  const bool desk = random.chance(40);
  if (mobile || desk) {
    out += R"(,"phoneNumbers":[)";
    if (mobile) out += R"({"value":")" + std::string(office.dial) + digits(random, 8) + R"(","type":"mobile"})";
    if (mobile && desk) out += ",";
    if (desk) out += R"({"value":")" + std::string(office.dial) + digits(random, 7) + R"(","type":"work"})";
    out += "]";
  }
  if (!random.chance(40)) return;
  out.append(R"(,"addresses":[{"streetAddress":")").append(office.street).append(R"(","locality":")").append(office.city);
  out.append(R"(","region":")").append(office.region).append(R"(","postalCode":")").append(office.postcode);
  out.append(R"(","country":")").append(office.country).append(R"(","type":"work"}])");
}

std::string user_line(std::uint64_t user) {
  const Person who = person(user);
  Random random(user * 2 + 2);
  const Office& office = offices()[random.below(offices().size())];
  const std::string_view department = department_of(random);
  const std::string full = std::string(who.given) + " " + std::string(who.family);
  std::string out = R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",)"
                    R"("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"externalId":"00u)";
  out += std::to_string(1000000000 + user * 7919) + R"(","userName":")" + who.user_name;
  out.append(R"(","name":{"formatted":")").append(full).append(R"(","familyName":")").append(who.family);
  out.append(R"(","givenName":")").append(who.given).append(R"("},"displayName":")").append(full);
  out.append(R"(","title":")").append(random.of(levels())).append(random.of(jobs()));
  out.append(R"(","preferredLanguage":")").append(office.language).append(R"(","locale":")").append(office.language);
  out.append(R"(","timezone":")").append(office.zone).append(R"(","active":)").append(random.chance(96) ? "true," : "false,");
  add_contacts(out, who, office, random, user);
  out += R"(,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":")" + employee_number(user);
  out.append(R"(","costCenter":"CC-)").append(digits(random, 4)).append(R"(","organization":"Example Corporation","division":")");
  out.append(office.country).append(" ").append(department).append(R"(","department":")").append(department).append("\"");
  return out + "}}\n";
}

/// `count` different users of `users`: an arithmetic progression whose step has no factor in common with `users`.
std::vector<std::uint64_t> members_of(Random& random, std::uint64_t count, std::uint64_t users) {
  std::uint64_t step = random.below(users) | 1;
  while (std::gcd(step, users) != 1) ++step;
  std::vector<std::uint64_t> members(count);
  std::uint64_t at = random.below(users);
  for (std::uint64_t& member : members) member = at = (at + step) % users;
  return members;
}

void print_group(const std::string& name, const std::vector<std::uint64_t>& members) {
  std::printf(R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"%s","members":[)", name.c_str());
  const char* comma = "";
  for (const std::uint64_t member : members) {
    std::printf(R"(%s{"value":"userName=%s"})", comma, person(member).user_name.c_str());
    comma = ",";
  }
  std::puts("]}");
}

void print_groups(std::uint64_t users) {
  constexpr double kAlpha = 1.2;
  constexpr double kLeast = 5;
  for (std::uint64_t group = 0; group < users / 10; ++group) {
    Random random(group ^ 0x67726f7570);
    const double size = kLeast * std::pow(random.unit(), -1 / kAlpha);
    const double most = std::max(kLeast, static_cast<double>(users) / 20);
    const std::string name = std::string(random.of(departments())) + " " + std::string(offices()[random.below(8)].city) + " " +
                             std::to_string(group);
    print_group(name, members_of(random, static_cast<std::uint64_t>(std::min(size, most)), users));
  }
  for (const std::uint64_t size : {100U, 1000U, 10000U, 100000U}) {
    Random random(size);
    if (size <= users) print_group("size-" + std::to_string(size), members_of(random, size, users));
  }
}

int usage() {
  std::fputs("usage: bench_data users FROM COUNT [STEP]\n       bench_data groups USERS\n", stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  const auto number = [&](std::size_t i) { return std::strtoull(argv[i + 1], nullptr, 10); };
  if (arguments.size() >= 3 && arguments.size() <= 4 && arguments[0] == "users") {
    const std::uint64_t step = arguments.size() == 4 ? number(3) : 1;
    for (std::uint64_t i = 0; i < number(2); ++i) std::fputs(user_line(number(1) + i * step).c_str(), stdout);
    return std::fflush(stdout) == 0 ? 0 : 1;
  }
  if (arguments.size() != 2 || arguments[0] != "groups") return usage();
  print_groups(number(1));
  return std::fflush(stdout) == 0 ? 0 : 1;
}
