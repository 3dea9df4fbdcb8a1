// SPDX-License-Identifier: MIT
// Random requests that a client may send, and what each of them must do.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/registry.h"
#include "tests/fuzz/service_model.h"
#include "tests/unit/random_filters.h"

namespace scim::fuzz {

struct Intent {
  std::string method;
  const ResourceType* type = nullptr;
  std::string id;    ///< "" for POST
  Json body;         ///< null: none
  int status = 200;  ///< of the answer
  /// What there is afterwards, if it goes well; an entry without a type: nothing.
  Model::Entry after;

  std::string path() const { return type->endpoint + (id.empty() ? "" : "/" + percent_encode(id)); }
};

class IntentWriter {
 public:
  IntentWriter(const Registry& registry, test::Random& random) : registry_(registry), random_(random) {}

  Intent write(const Model& model);
  Intent create(const Model& model);
  /// Of one that is there; a creation where nothing is.
  Intent change(const Model& model);
  /// PUT of a resource that is there.
  Intent replace(const Model& model, const std::string& id);

  const ResourceType& random_type();

 private:
  enum class Way { create, update };  ///< only what is new gets what is immutable
  Intent patch(const Model& model, const std::string& id);
  Intent remove(const Model& model, const std::string& id);

  Model::Entry random_entry(const Model& model, const ResourceType& type, const std::string& id, Way way);
  void fill(Json& body, const std::vector<Attribute>& attributes, const Model& model, Way way);
  Json random_list(const Attribute& attribute, const Model& model);
  Json value_of(const Attribute& attribute, const Model& model, Way way);
  std::string user_name();
  std::string unique_text();
  std::set<std::string> random_members(const Model& model, const std::string& group);
  Json members_json(const std::set<std::string>& ids);
  Json body_of(const Model::Entry& entry);

  // Operations of a PATCH: what is sent, and what it makes of `after`.
  Json patch_operation(const Model& model, const std::string& id, Model::Entry& after);
  Json patch_members(const Model& model, const std::string& id, Model::Entry& after);
  Json patch_list(const Attribute& list, const Model& model, Json& holder);
  Json patch_element(const Attribute& list, Json& holder);
  Json patch_value(const Attribute& attribute, const Model& model, Json& holder);
  Json with_path(const char* op, const Attribute& attribute, Json value);

  const Registry& registry_;
  test::Random& random_;
  long counter_ = 0;
};

}  // namespace scim::fuzz
