// SPDX-License-Identifier: MIT
#include "tests/unit/faulty_disk.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <new>
#include <stdexcept>

namespace scim::test {
namespace {

constexpr std::size_t kSector = 512;  ///< what a disk writes whole or not at all
constexpr const char* kName = "scimctl-faulty";
FaultyDisk* current = nullptr;  ///< SQLite hands functions no more than the file

/// What SQLite keeps of an open file: ours, and behind it that of the system's VFS.
struct OpenFile {
  sqlite3_file base;
  std::string* path;  ///< nullptr: not on the disk
  sqlite3_file* real;
};

OpenFile& of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return of(file).real; }
sqlite3_vfs* system_vfs(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

std::string content_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

template <class T>
const T& one_of(const std::vector<T>& all, FaultyDisk::Random& random) {
  return all[random() % all.size()];
}

}  // namespace

struct FaultyDiskVfs {
  using Operation = FaultyDisk::Operation;

  static auto always(Operation operation) {
    return [operation](const FaultyDisk&, const std::string&) { return operation; };
  }

  static int close(sqlite3_file* file) {
    const int code = real(file)->pMethods == nullptr ? SQLITE_OK : real(file)->pMethods->xClose(real(file));
    delete of(file).path;
    file->pMethods = nullptr;
    return code;
  }
  static int read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) { return real(file)->pMethods->xRead(real(file), to, size, offset); }
  static int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
    const std::string_view bytes(static_cast<const char*>(from), static_cast<std::size_t>(size));
    const auto begin = static_cast<std::size_t>(offset);
    return changed(file, [&](const FaultyDisk& disk, const std::string& path) { return disk.write_of(path, begin + bytes.size()); },
                   [&] { return real(file)->pMethods->xWrite(real(file), from, size, offset); },
                   [&](FaultyDisk& disk, const std::string& path) { disk.wrote(path, begin, bytes); });
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    return changed(file, always(Operation::truncate), [&] { return real(file)->pMethods->xTruncate(real(file), size); },
                   [&](FaultyDisk& disk, const std::string& path) { disk.truncated(path, static_cast<std::size_t>(size)); });
  }
  /// Nothing is worth waiting for on the disk of the test itself.
  static int sync(sqlite3_file* file, int) {
    return changed(file, always(Operation::sync), [] { return SQLITE_OK; },
                   [&](FaultyDisk& disk, const std::string& path) { disk.synced(path); });
  }
  static int file_size(sqlite3_file* file, sqlite3_int64* size) { return real(file)->pMethods->xFileSize(real(file), size); }
  static int lock(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }
  static int unlock(sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
  static int is_locked(sqlite3_file* file, int* out) { return real(file)->pMethods->xCheckReservedLock(real(file), out); }
  static int control(sqlite3_file* file, int operation, void* argument) { return real(file)->pMethods->xFileControl(real(file), operation, argument); }
  static int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
  static int characteristics(sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }
  static int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
  }
  static int shm_lock(sqlite3_file* file, int offset, int count, int flags) { return real(file)->pMethods->xShmLock(real(file), offset, count, flags); }
  static void shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
  static int shm_unmap(sqlite3_file* file, int remove) { return real(file)->pMethods->xShmUnmap(real(file), remove); }

  static int open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
    static const sqlite3_io_methods kMethods = {2, close, read, write, truncate, sync, file_size, lock, unlock, is_locked, control, sector_size,
                                                characteristics, shm_map, shm_lock, shm_barrier, shm_unmap, nullptr, nullptr};
    OpenFile& opened = of(file);
    opened = {{nullptr}, nullptr, reinterpret_cast<sqlite3_file*>(&opened + 1)};
    const int code = system_vfs(vfs)->xOpen(system_vfs(vfs), name, opened.real, flags, out_flags);
    if (code != SQLITE_OK) return code;
    file->pMethods = &kMethods;
    if (name == nullptr || current == nullptr || !current->has(name)) return SQLITE_OK;
    opened.path = new std::string(name);
    const std::lock_guard lock(current->mutex_);
    current->opened(name);
    return SQLITE_OK;
  }

  static int remove(sqlite3_vfs* vfs, const char* path, int sync_directory) {
    if (current == nullptr || !current->has(path)) return system_vfs(vfs)->xDelete(system_vfs(vfs), path, 0);
    const std::lock_guard lock(current->mutex_);
    if (const int code = current->start(Operation::remove); code != SQLITE_OK) return code;
    const int code = system_vfs(vfs)->xDelete(system_vfs(vfs), path, 0);
    if (code == SQLITE_OK) current->removed(path, sync_directory != 0 ? FaultyDisk::Directory::synced : FaultyDisk::Directory::unsynced);
    return code;
  }

 private:
  /// Does it, and has the disk remember it.
  template <class Kind, class Action, class Note>
  static int changed(sqlite3_file* file, Kind kind, Action action, Note note) {
    const std::string* path = of(file).path;
    if (path == nullptr || current == nullptr) return action();
    const std::lock_guard lock(current->mutex_);
    if (const int code = current->start(kind(*current, *path)); code != SQLITE_OK) return code;
    const int code = action();
    if (code == SQLITE_OK) note(*current, *path);
    return code;
  }
};

namespace {

/// For the whole process: connections may outlive a disk.
void register_once() {
  static sqlite3_vfs vfs = [] {
    sqlite3_vfs* below = sqlite3_vfs_find(nullptr);
    sqlite3_vfs ours = *below;  // its other functions take any sqlite3_vfs
    ours.szOsFile = static_cast<int>(sizeof(OpenFile)) + below->szOsFile;
    ours.pNext = nullptr;
    ours.zName = kName;
    ours.pAppData = below;
    ours.xOpen = FaultyDiskVfs::open;
    ours.xDelete = FaultyDiskVfs::remove;
    return ours;
  }();
  if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK) throw std::runtime_error("no VFS");
}

}  // namespace

FaultyDisk::FaultyDisk(std::string folder, Fsync fsync) : folder_(std::move(folder)), fsync_(fsync) {
  register_once();
  current = this;
}

FaultyDisk::~FaultyDisk() { current = nullptr; }

void FaultyDisk::before_each(std::function<void()> action) {
  const std::lock_guard lock(mutex_);
  before_each_ = std::move(action);
}

void FaultyDisk::refuse(std::function<int(Operation)> decision) {
  const std::lock_guard lock(mutex_);
  refuse_ = std::move(decision);
}

bool FaultyDisk::has(std::string_view path) const { return path.starts_with(folder_); }

FaultyDisk::Operation FaultyDisk::write_of(const std::string& path, std::size_t end) const {
  const auto file = files_.find(path);
  const bool has_place = file != files_.end() && end <= file->second.current.size();
  return has_place ? Operation::write : Operation::extend;
}

int FaultyDisk::start(Operation operation) {
  if (before_each_) before_each_();
  return refuse_ ? refuse_(operation) : SQLITE_OK;
}

void FaultyDisk::opened(const std::string& path) {
  const bool is_known = files_.contains(path);
  File& file = files_[path];
  if (file.entry != File::Entry::none) return;
  // Read once: who closes a file drops all locks that the process has on it.
  if (!is_known) file.durable = content_of(path);
  // What is there already has been there for long.
  file.entry = file.durable.empty() ? File::Entry::unsynced : File::Entry::durable;
  file.current = file.durable;
}

void FaultyDisk::note_sectors(File& file, std::size_t from, std::size_t to) {
  for (std::size_t sector = from / kSector; sector * kSector < to; ++sector) {
    const std::size_t begin = sector * kSector;
    std::string bytes = begin < file.current.size() ? file.current.substr(begin, kSector) : std::string();
    bytes.resize(kSector);
    file.sectors[sector].push_back(std::move(bytes));
  }
}

void FaultyDisk::wrote(const std::string& path, std::size_t offset, std::string_view bytes) {
  File& file = files_[path];
  const std::size_t end = offset + bytes.size();
  if (file.current.size() < end) file.current.resize(end);
  std::copy(bytes.begin(), bytes.end(), file.current.begin() + static_cast<std::ptrdiff_t>(offset));
  note_sectors(file, offset, end);
  file.sizes.push_back(file.current.size());
}

void FaultyDisk::truncated(const std::string& path, std::size_t size) {
  File& file = files_[path];
  const std::size_t before = file.current.size();
  file.current.resize(size);
  note_sectors(file, size, before);
  file.sizes.push_back(size);
}

void FaultyDisk::synced(const std::string& path) {
  if (fsync_ == Fsync::ignored) return;
  File& file = files_[path];
  file.durable = file.current;
  file.entry = File::Entry::durable;
  file.former.reset();  // SQLite syncs the directory with a file that is new
  file.sectors.clear();
  file.sizes.clear();
}

void FaultyDisk::removed(const std::string& path, Directory directory) {
  File& file = files_[path];
  std::optional<std::string> former = std::move(file.former);
  if (file.entry == File::Entry::durable) former = std::move(file.durable);
  file = {};
  if (directory == Directory::unsynced || fsync_ == Fsync::ignored) file.former = std::move(former);
}

std::string FaultyDisk::survivor(const File& file, Random& random) {
  std::string bytes = file.durable;
  for (const auto& [sector, versions] : file.sectors) {
    const std::size_t version = random() % (versions.size() + 1);
    if (version == versions.size()) continue;  // none of them has arrived
    const std::size_t begin = sector * kSector;
    if (bytes.size() < begin + kSector) bytes.resize(begin + kSector);
    std::copy(versions[version].begin(), versions[version].end(), bytes.begin() + static_cast<std::ptrdiff_t>(begin));
  }
  if (file.sizes.empty()) return bytes;
  std::vector<std::size_t> sizes = file.sizes;
  sizes.push_back(file.durable.size());
  bytes.resize(one_of(sizes, random));
  return bytes;
}

std::optional<std::string> FaultyDisk::found(const File& file, Random& random) {
  switch (file.entry) {
    case File::Entry::durable:
      return survivor(file, random);
    case File::Entry::unsynced:
      if (random() % 2 == 0) return survivor(file, random);
      break;
    case File::Entry::none:
      break;
  }
  return random() % 2 == 0 ? file.former : std::nullopt;
}

FaultyDisk::Image FaultyDisk::image(Random& random) const {
  Image image;
  for (const auto& [path, file] : files_) {
    if (auto content = found(file, random)) image[path] = std::move(*content);
  }
  return image;
}

}  // namespace scim::test
