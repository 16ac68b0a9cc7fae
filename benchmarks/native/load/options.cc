// The command line; see options.h.
#include "options.h"

#include "fail.h"

Options::Options(int argc, char** argv) : mode_(argc > 1 ? argv[1] : "") {
  for (int i = 2; i < argc; ++i) {
    const std::string argument = argv[i];
    const size_t equals = argument.find('=');
    char* end = nullptr;
    const int64_t value =
        equals == std::string::npos ? 0 : strtoll(argument.c_str() + equals + 1, &end, 10);
    if (end == nullptr || *end != '\0') {
      fprintf(stderr, "load: not NAME=NUMBER: %s\n", argv[i]);
      exit(2);
    }
    values_[argument.substr(0, equals)] = value;
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
