// SPDX-License-Identifier: MIT
// A disk under SQLite whose power can be cut: a VFS above the system's own that remembers what has been written and what of
// it has been synced. It becomes SQLite's default, so that the program's own code opens its files on it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace scim::test {

class FaultyDisk {
 public:
  enum class Fsync { kept, ignored };  ///< ignored: a disk that confirms and does nothing
  enum class Operation { write, extend, sync, truncate, remove };  ///< extend: a write that needs more place
  /// Files by their path, as a machine finds them that is started again.
  using Image = std::map<std::string, std::string>;
  using Random = std::mt19937;

  /// Whatever SQLite opens below `folder` from now on is on this disk. One at a time.
  explicit FaultyDisk(std::string folder, Fsync fsync = Fsync::kept);
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  /// Called before each operation, one thread after the other: the moment in which the power could go. Only it may call image().
  void before_each(std::function<void()> action);
  /// What an operation answers instead of being done: a code of SQLite, SQLITE_OK to do it. Called as before_each is.
  void refuse(std::function<int(Operation)> decision);

  /// What the disk could have if its power went now: all that was synced; of what was written since, each sector as one of
  /// the writes left it, or as it was before all of them, whatever the order in which they came. The file with the index
  /// of the log (-shm) is no file that anybody syncs: it is not there.
  Image image(Random& random) const;

 private:
  friend struct FaultyDiskVfs;
  struct File {
    std::string durable;
    std::string current;
    enum class Entry { none, unsynced, durable } entry = Entry::none;  ///< in the directory
    std::optional<std::string> former;                        ///< the file of this name whose removal nobody has synced
    std::map<std::size_t, std::vector<std::string>> sectors;  ///< by number: what writes have made of it since the last sync
    std::vector<std::size_t> sizes;                           ///< that it has had since then
  };

  bool has(std::string_view path) const;
  Operation write_of(const std::string& path, std::size_t end) const;
  /// Whether the operation is to be done; else the code that it answers.
  int start(Operation operation);
  void opened(const std::string& path);
  void wrote(const std::string& path, std::size_t offset, std::string_view bytes);
  void truncated(const std::string& path, std::size_t size);
  void synced(const std::string& path);
  enum class Directory { synced, unsynced };
  void removed(const std::string& path, Directory directory);
  static void note_sectors(File& file, std::size_t from, std::size_t to);
  static std::string survivor(const File& file, Random& random);
  static std::optional<std::string> found(const File& file, Random& random);

  const std::string folder_;
  const Fsync fsync_;
  mutable std::mutex mutex_;
  std::function<void()> before_each_;
  std::function<int(Operation)> refuse_;
  std::map<std::string, File> files_;
};

}  // namespace scim::test
