// The command line: load MODE NAME=NUMBER ...
#pragma once

#include <cstdint>
#include <map>
#include <string>

class Options {
 public:
  Options(int argc, char** argv);

  const std::string& mode() const { return mode_; }
  // Ends the program where the option is missing and has no default.
  int64_t Get(const std::string& name) const;
  int64_t Get(const std::string& name, int64_t otherwise) const;

 private:
  std::string mode_;
  std::map<std::string, int64_t> values_;
};
