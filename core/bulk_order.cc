// SPDX-License-Identifier: MIT
#include "core/bulk_order.h"

#include <algorithm>

namespace scim {
namespace {

/// Tarjan's strongly connected components, which come out with what they refer to first. Without recursion: a chain of
/// references is as long as a client likes.
class Components {
 public:
  explicit Components(const BulkEdges& edges) : edges_(edges), nodes_(edges.size()) {}

  std::vector<BulkStep> find() {
    for (std::size_t root = 0; root < edges_.size(); ++root) {
      if (nodes_[root].number == 0) visit(root);
    }
    return std::move(steps_);
  }

 private:
  struct Node {
    std::size_t number = 0;     // in the order of visits, from 1; 0: not visited yet
    std::size_t low = 0;        // the least number that it leads back to
    std::size_t next_edge = 0;
    bool is_open = false;       // its component is not complete
  };

  void visit(std::size_t root) {
    enter(root);
    while (!path_.empty()) {
      const std::size_t at = path_.back();
      Node& node = nodes_[at];
      if (node.next_edge < edges_[at].size()) {
        follow(node, edges_[at][node.next_edge++]);
        continue;
      }
      path_.pop_back();
      if (!path_.empty()) nodes_[path_.back()].low = std::min(nodes_[path_.back()].low, node.low);
      if (node.low == node.number) close(at);
    }
  }

  void enter(std::size_t at) {
    nodes_[at].number = nodes_[at].low = ++visits_;
    nodes_[at].is_open = true;
    path_.push_back(at);
    open_.push_back(at);
  }

  void follow(Node& node, std::size_t to) {
    if (nodes_[to].number == 0) enter(to);
    else if (nodes_[to].is_open) node.low = std::min(node.low, nodes_[to].number);
  }

  void close(std::size_t at) {
    BulkStep step;
    std::size_t last = 0;
    do {
      last = open_.back();
      open_.pop_back();
      nodes_[last].is_open = false;
      step.members.push_back(last);
    } while (last != at);
    std::sort(step.members.begin(), step.members.end());
    const std::vector<std::size_t>& own = edges_[at];
    const bool is_circle = step.members.size() > 1 || std::find(own.begin(), own.end(), at) != own.end();
    step.kind = is_circle ? BulkStep::Kind::circle : BulkStep::Kind::single;
    steps_.push_back(std::move(step));
  }

  const BulkEdges& edges_;
  std::vector<Node> nodes_;
  std::vector<std::size_t> path_;  // from the root to where the visit stands
  std::vector<std::size_t> open_;
  std::vector<BulkStep> steps_;
  std::size_t visits_ = 0;
};

}  // namespace

std::vector<BulkStep> order_steps(const BulkEdges& edges) { return Components(edges).find(); }

}  // namespace scim
