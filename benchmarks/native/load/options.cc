// A line of the conversation; see options.h.
#include "options.h"

#include <sstream>

#include "fail.h"

Options::Options(const std::string& line) {
  std::istringstream words(line);
  words >> mode_;
  for (std::string word; words >> word;) {
    const size_t equals = word.find('=');
    char* end = nullptr;
    const int64_t value =
        equals == std::string::npos ? 0 : strtoll(word.c_str() + equals + 1, &end, 10);
    if (end == nullptr || *end != '\0') {
      fprintf(stderr, "load: not NAME=NUMBER: %s\n", word.c_str());
      exit(2);
    }
    values_[word.substr(0, equals)] = value;
  }
}

int64_t Options::Get(const std::string& name) const {
  const auto found = values_.find(name);
  if (found != values_.end()) return found->second;
  fprintf(stderr, "load: %s needs %s=NUMBER\n", mode_.c_str(), name.c_str());
  exit(2);
}

int64_t Options::Get(const std::string& name, int64_t otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : found->second;
}
