#include "bridge/daemon/kept_calls.h"

#include "base/file.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace sipveil {
namespace {

/// Whole or not at all, for a process that is killed. No fsync: a machine that loses its power has lost the call as
/// well, and the event loop must not wait for a disk.
bool replace_file(const std::filesystem::path& file, std::string_view bytes) {
  const std::filesystem::path fresh = file.string() + ".new";
  const int handle = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (handle < 0) return false;
  const bool whole = ::write(handle, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  return ::close(handle) == 0 && whole && ::rename(fresh.c_str(), file.c_str()) == 0;
}

} // namespace

void KeptCalls::keep(std::string_view label, std::string_view record) {
  const auto known = labels_.find(label);
  if (record.empty()) {
    if (known == labels_.end()) return;
    std::error_code failed;
    std::filesystem::remove(directory_ / label, failed);
    labels_.erase(known);
    return;
  }
  if (record.size() > max_record || (known == labels_.end() && labels_.size() >= max_calls)) return;
  const std::filesystem::path file = directory_ / label;
  labels_.emplace(label);
  if (!make_private_directory(directory_) || !replace_file(file, record))
    spdlog::warn("a call would not survive a restart: its file below the state directory cannot be written");
}

void KeptCalls::each(const std::function<void(std::string_view, std::string_view)>& resume) {
  std::error_code failed;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, failed))
    if (files.size() < max_calls) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files)
    labels_.insert(file.filename().string());
  for (const auto& file : files)
    if (const auto record = read_secret_file(file)) resume(file.filename().string(), record->reveal());
}

} // namespace sipveil
