// SPDX-License-Identifier: MIT
// Who is told of events: whoever reads standard output, a command, a webhook.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "cli/events/event.h"
#include "cli/output/output.h"

namespace scim::cli {

class EventSink {
 public:
  virtual ~EventSink() = default;
  /// Waits until the event has been told. An error says why it has not been; it may be tried again.
  virtual Result<void> tell(const Event& event) = 0;
  /// No more come. Where tells_at_the_end(), nothing has been told before this has succeeded.
  virtual Result<void> finish() { return {}; }
  virtual bool tells_at_the_end() const { return false; }
};

/// JSON lines. unavailable: nobody reads them any more.
std::unique_ptr<EventSink> print_events(Console& console);
/// One array, of those that there are.
std::unique_ptr<EventSink> print_array_of_events(Console& console);

/// `command` for the shell, once for each event, which is its standard input and in SCIMCTL_EVENT_ID, _TYPE and
/// _RESOURCE. Told where the exit status is 0; one that takes longer than `timeout` is ended, with all that it has started.
std::unique_ptr<EventSink> run_for_events(std::string command, std::chrono::seconds timeout);

/// POST to `url` as Standard Webhooks 1.0 has it: webhook-id, webhook-timestamp, webhook-signature by HMAC-SHA256 with `secret`
/// ("whsec_" and base64, or any text). Told where the answer is 2xx. invalidValue: it is no URL of http or https; libcurl is missing; the secret cannot be read.
Result<std::unique_ptr<EventSink>> post_events(std::string url, const std::string& secret, std::string ca_file);

}  // namespace scim::cli
