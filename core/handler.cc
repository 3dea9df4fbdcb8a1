// SPDX-License-Identifier: MIT
// authenticate -> route -> authorize -> the operation -> render. Each stage hands a new value to the next.
#include "core/handler.h"

#include <exception>

#include "core/attempts.h"
#include "core/bulk.h"
#include "core/discovery.h"
#include "core/render.h"
#include "core/router.h"
#include "core/search.h"
#include "core/service.h"
#include "core/sight.h"
#include "core/subject.h"

namespace scim {
namespace {

/// 401 comes before anything else is revealed (http-cases HC-035); only what the configuration has opened is readable
/// without credentials.
Result<Scope> authenticate(const Request& request, const Result<Route>& routed, App& app) {
  const bool is_open = app.config.public_discovery && routed && is_discovery(routed->operation);
  if (is_open && !has_credentials(request)) return Scope::public_discovery();
  const AccessSources sources{app.tokens, app.accounts, app.passwords, app.check, app.clients, app.keys};
  return Access(app.config.access, sources, app.env).authenticate(request);
}

/// RFC 6750 3.1.
constexpr std::string_view kInsufficientScope = "Bearer realm=\"scim\", error=\"insufficient_scope\"";

Result<void> authorize_type(const Sight& sight, const Route& route) {
  if (route.type != nullptr && !sight.shows(*route.type)) {
    return fail(ErrorKind::forbidden, "these credentials are not for " + route.type->name, std::string(kInsufficientScope));
  }
  if (sight.shows_any_type()) return {};
  return fail(ErrorKind::forbidden, "these credentials are for no resource type of this server", std::string(kInsufficientScope));
}

Result<void> authorize(const Scope& scope, const Sight& sight, const Route& route) {
  if (route.effects == Effects::writes && !scope.may_write()) {
    return fail(ErrorKind::forbidden, "these credentials may only read", std::string(kInsufficientScope));
  }
  return authorize_type(sight, route);
}

/// What does not depend on the resource: sizes and media types.
Result<void> check_message(const Route& route, const Request& request, const App& app) {
  if (route.operation == Operation::bulk) SCIM_TRY(check_bulk_message(request, app.config));
  if (request.body_too_large) {
    return fail(ErrorKind::payload_too_large,
                "the body is larger than " + std::to_string(app.config.max_body_bytes) + " bytes (limits.body_bytes)");
  }
  if (route.body == Body::required && !request.content_encoding.empty() && request.content_encoding != "identity") {
    return fail(ErrorKind::unsupported_media_type, "the body must not be compressed");
  }
  if (route.body == Body::required && !is_json_media_type(request.content_type)) {
    return fail(ErrorKind::unsupported_media_type,
                "the Content-Type must be application/scim+json or application/json, in UTF-8");
  }
  if (!accepts_json(request.accept)) {
    return fail(ErrorKind::not_acceptable, "answers are application/scim+json, which Accept does not allow");
  }
  return {};
}

/// How the request line and the headers are written.
Result<void> check_spelling(const Route& route, const Request& request, Leniency& leniency) {
  if (route.slash == Slash::trailing && !leniency.allows(Tolerance::trailing_slash)) {
    return fail(ErrorKind::not_found, "there is no such endpoint: the path ends in a slash");
  }
  if (has_empty_parameter(request.query) && !leniency.allows(Tolerance::empty_parameter)) {
    return fail(ErrorKind::bad_request, "the query string has an & with no parameter beside it");
  }
  const bool are_tags = are_entity_tags(request.if_match) && are_entity_tags(request.if_none_match);
  if (!are_tags && !leniency.allows(Tolerance::unquoted_etag)) {
    return fail(ErrorKind::bad_request, "versions in If-Match and If-None-Match stand in quotes: W/\"1\"");
  }
  return {};
}

Result<Outcome> perform(const Route& route, const Request& request, const Scope& scope, App& app) {
  switch (route.operation) {
    case Operation::service_provider_config:
    case Operation::list_resource_types:
    case Operation::get_resource_type:
    case Operation::list_schemas:
    case Operation::get_schema: return discover(route, request, app);
    case Operation::list: return list(route, request, scope, app);
    case Operation::search: return search(route, request, scope, app);
    case Operation::create: return create(route, request, app);
    case Operation::get: return get(route, request, app);
    case Operation::replace: return replace(route, request, app);
    case Operation::patch: return patch(route, request, app);
    case Operation::remove: return remove(route, request, app);
    case Operation::bulk:
    case Operation::options: break;
  }
  return fail(ErrorKind::not_implemented, "this server does not offer " + request.method + " here");
}

/// With the adapter between the store and the operation.
Result<Outcome> perform_adapted(const Route& route, const Request& request, const Scope& scope, App& app) {
  if (app.adapter == nullptr) return perform(route, request, scope, app);
  AdaptingStore store(app.store, *app.adapter, app.leniency->sight());
  App adapting = app.with_store(store);
  return perform(route, request, scope, adapting);
}

/// What it did is undone; it is kept itself for an administrator.
Result<void> keep_held(const Error& error, App& app) {
  SCIM_ASSIGN(const auto transaction, app.store.begin(Store::Mode::write));
  if (Ledger* ledger = transaction->ledger()) SCIM_TRY(app.recorder->guard()->hold(*ledger, error));
  return transaction->commit();
}

/// A refusal is as good as what it rests on, and who has lost to another transaction tries again.
Result<Outcome> perform_rightly(const Route& route, const Request& request, const Scope& scope, App& app) {
  Attempts attempts(app.store, app.env, app.config.busy_timeout_ms);
  Result<Outcome> outcome = perform_adapted(route, request, scope, app);
  if (route.effects != Effects::writes) return outcome;
  while (!outcome && attempts.may_repeat()) outcome = perform_adapted(route, request, scope, app);
  if (!outcome) SCIM_TRY(app.store.confirm_refusal());
  return outcome;
}

/// What is beyond the limits of a guard is kept, if it is to wait.
Result<Outcome> held_if_asked(Result<Outcome> outcome, App& app) {
  if (!outcome && outcome.error().kind == ErrorKind::held) SCIM_TRY(keep_held(outcome.error(), app));
  return outcome;
}

/// A fault of ours. The client gets a reference, the log the rest.
template <class Action>
auto contained(const Request& request, App& app, Action action) -> decltype(action()) {
  std::string what = "unknown exception";
  try {
    return action();
  } catch (const std::exception& exception) {
    what = exception.what();
  } catch (...) {
  }
  const std::string reference = request.id.empty() ? app.env.new_id() : request.id;
  app.env.log(LogLevel::error, "internal error " + reference + ": " + quote(what));
  return fail(ErrorKind::internal, "internal error, reference " + reference);
}

/// Each operation is a request of its own, faults included: those before it have been carried out.
Result<Outcome> run_bulk(const Scope& scope, const Request& request, App& app) {
  const BulkSteps steps{
      [&](const Route& route) { return authorize(scope, app.leniency->sight(), route); },
      [&](const Route& route, const Request& part, App& part_app) {
        // What goes wrong here goes wrong again in the operation, which tells it.
        static_cast<void>(contained(request, part_app, [&]() -> Result<void> {
          prepare(route, part, part_app);
          return {};
        }));
      },
      [&](const Route& route, const Request& part, App& part_app, Atomicity atomicity) {
        return contained(request, part_app, [&]() -> Result<Outcome> {
          SCIM_TRY(check_spelling(route, part, *part_app.leniency));
          if (atomicity == Atomicity::whole_job) return perform_rightly(route, part, scope, part_app);
          const Guard guard = app.recorder->guard()->for_request(part);
          const Recorder recorder = app.recorder->guarded_by(guard);
          App of_part = part_app.with_recorder(recorder);
          return held_if_asked(perform_rightly(route, part, scope, of_part), of_part);
        });
      }};
  return held_if_asked(bulk(request, app, steps), app);
}

/// What is held is about who /Me is now, whoever that is when it is released.
Result<Outcome> write_subject(const Route& resolved, const Request& request, const Scope& scope, App& app) {
  Request named = request;
  named.path = resolved.type->endpoint + '/' + percent_encode(resolved.id);
  const Guard guard = app.recorder->guard()->for_request(named);
  const Recorder recorder = app.recorder->guarded_by(guard);
  App of_subject = app.with_recorder(recorder);
  return held_if_asked(perform_rightly(resolved, request, scope, of_subject), of_subject);
}

Result<Outcome> run_leniently(const Route& route, const Request& request, const Scope& scope, App& app) {
  SCIM_TRY(check_message(route, request, app));
  SCIM_TRY(check_spelling(route, request, *app.leniency));
  if (route.operation == Operation::bulk) return run_bulk(scope, request, app);
  SCIM_ASSIGN(const Route resolved, resolve_subject(route, request, scope, app));
  SCIM_TRY(authorize_type(app.leniency->sight(), resolved));
  const bool writes_subject = app.recorder != nullptr && route.target == Route::Target::subject && !resolved.id.empty();
  if (writes_subject) return write_subject(resolved, request, scope, app);
  return held_if_asked(perform_rightly(resolved, request, scope, app), app);
}

/// What the token says, else the configuration.
Leniency leniency_for(const Scope& scope, const Sight& sight, const Config& config) {
  const Dialect configured = config.strict ? Dialect::rfc : Dialect::any;
  return Leniency(scope.dialect().value_or(configured), config.unknown, &sight);
}

/// Whom the database's own permissions have let in may do all. What a token has of its own was read when it was written there.
GuardConfig guard_config(const Scope& scope, const Config& config) {
  if (!scope.is_guarded()) return {};
  return guard_of_token(scope.guard(), config.guard).value_or(config.guard);
}

/// As what is answered for, and told.
Result<Outcome> run_recorded(const Route& route, const Request& request, const Scope& scope, App& app) {
  const Actor actor{scope.name(), scope.token_id(), request.id.empty() ? app.env.new_id() : request.id, request.remote_addr};
  const Guard guard(guard_config(scope, app.config), actor, scope.permission(), request, app.env);
  const Recorder recorder(app.config.audit, app.env, actor, &guard);
  App recorded = app.with_recorder(recorder);
  return run_leniently(route, request, scope, recorded);
}

Result<Outcome> run(const Scope& scope, const Result<Route>& routed, const Request& request, App& app) {
  if (!routed) return fail(routed.error());
  const Sight sight(scope.types(), scope.hidden(), app.registry);
  SCIM_TRY(authorize(scope, sight, *routed));
  Leniency leniency = leniency_for(scope, sight, app.config);
  App lenient = app.with_leniency(leniency);
  // What the operations of a bulk request do is asked one by one.
  const bool writes = routed->effects == Effects::writes || routed->operation == Operation::bulk;
  Result<Outcome> outcome = writes ? run_recorded(*routed, request, scope, lenient) : run_leniently(*routed, request, scope, lenient);
  if (app.tolerances != nullptr && !scope.token_id().empty()) {
    app.tolerances->add(scope.token_id(), leniency.used(), app.env.now());
  }
  return outcome;
}

/// RFC 9110 9.3.7: which methods a path has is no secret.
Response answer_options(const Route& route) {
  Outcome outcome;
  outcome.status = 204;
  Response response = render(std::move(outcome));
  response.headers.emplace_back("Allow", route.allow);
  return response;
}

/// The outer wall.
template <class Action>
Response guarded(const Request& request, App& app, Action action) {
  Result<Response> response = contained(request, app, [&]() -> Result<Response> { return action(); });
  return response ? *std::move(response) : render_error(response.error());
}

Response to_response(Result<Outcome> outcome) {
  return outcome ? render(*std::move(outcome)) : render_error(outcome.error());
}

Response::About about_route(const Route& route) {
  return {to_string(route.operation), route.type == nullptr ? "" : route.type->name, ""};
}

/// Whatever comes of it.
class RequestEnd {
 public:
  explicit RequestEnd(Store& store) : store_(store) {}
  ~RequestEnd() { store_.end_request(); }
  RequestEnd(const RequestEnd&) = delete;
  RequestEnd& operator=(const RequestEnd&) = delete;

 private:
  Store& store_;
};

}  // namespace

Response handle(const Request& request, App& app) {
  const RequestEnd end(app.store);
  Response::About about;
  Response response = guarded(request, app, [&]() -> Response {
    const Result<Route> routed = route(request.method, request.path, app.registry);
    if (routed) about = about_route(*routed);
    if (routed && routed->operation == Operation::options) return answer_options(*routed);
    const Result<Scope> scope = authenticate(request, routed, app);
    if (!scope) return render_error(scope.error());
    about.subject = scope->name();
    return to_response(run(*scope, routed, request, app));
  });
  response.about = std::move(about);
  return response;
}

Response handle_as(const Scope& scope, const Request& request, App& app) {
  return guarded(request, app, [&]() -> Response {
    return to_response(run(scope, route(request.method, request.path, app.registry), request, app));
  });
}

}  // namespace scim
