#include "bridge/doctor/report.h"

#include <fmt/format.h>

#include <algorithm>

namespace sipveil::doctor {
namespace {

constexpr std::size_t detail_column = 30;

std::string_view mark(Verdict verdict) {
  switch (verdict) {
  case Verdict::ok: return "ok";
  case Verdict::failed: return "FAILED";
  case Verdict::skipped: return "-";
  }
  return "?";
}

/// Later lines stand below the first.
std::string indented(std::string_view text) {
  std::string result;
  for (char c : text) {
    result += c;
    if (c == '\n') result += std::string(detail_column, ' ');
  }
  return result;
}

std::string json_string(std::string_view text) {
  std::string json = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      json += {'\\', c};
    else if (static_cast<unsigned char>(c) < 0x20)
      json += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      json += c;
  }
  return json + '"';
}

std::string to_json(const Check& check) {
  return fmt::format(R"({{"id":{},"title":{},"verdict":{},"detail":{},"mend":{}}})", json_string(check.subject.id),
                     json_string(check.subject.title), json_string(name(check.verdict)), json_string(check.detail),
                     json_string(check.mend));
}

} // namespace

std::string_view name(Verdict verdict) {
  switch (verdict) {
  case Verdict::ok: return "ok";
  case Verdict::failed: return "failed";
  case Verdict::skipped: return "skipped";
  }
  return "?";
}

void Report::ok(const Subject& subject, std::string detail) {
  add({subject, Verdict::ok, std::move(detail), {}});
}

void Report::failed(const Subject& subject, std::string detail, std::string mend) {
  add({subject, Verdict::failed, std::move(detail), std::move(mend)});
}

void Report::failed(const Subject& subject, const Error& error) {
  failed(subject, error.what, error.mend);
}

void Report::skipped(const Subject& subject, std::string why) {
  add({subject, Verdict::skipped, std::move(why), {}});
}

std::size_t Report::count(Verdict verdict) const {
  return static_cast<std::size_t>(std::ranges::count(checks_, verdict, &Check::verdict));
}

void Report::add(Check check) {
  checks_.push_back(std::move(check));
  if (show_) show_(checks_.back());
}

std::string to_text(const Check& check) {
  std::string text = fmt::format("{:<8}{:<22}{}\n", mark(check.verdict), check.subject.title, indented(check.detail));
  if (!check.mend.empty()) text += std::string(detail_column, ' ') + indented(check.mend) + "\n";
  return text;
}

std::string progress_text(const Subject& subject, std::string_view how_far) {
  return fmt::format("{:<8}{:<22}{}\n", "...", subject.title, how_far);
}

std::string summary(const Report& report) {
  if (report.healthy()) return "no check failed";
  return fmt::format("{} failed, {} passed, {} skipped", report.count(Verdict::failed), report.count(Verdict::ok),
                     report.count(Verdict::skipped));
}

std::string to_json(const Report& report) {
  std::string checks;
  for (const Check& check : report.checks())
    checks += (checks.empty() ? "" : ",") + to_json(check);
  return fmt::format("{{\"healthy\":{},\"checks\":[{}]}}\n", report.healthy(), checks);
}

} // namespace sipveil::doctor
