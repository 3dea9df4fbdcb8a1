// SPDX-License-Identifier: MIT
// Counts what a program allocates. For one file of it: operator new is replaced.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace scim::test {
inline std::atomic<std::int64_t> allocations{0};

inline void* counted(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
}  // namespace scim::test

void* operator new(std::size_t size) { return scim::test::counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
