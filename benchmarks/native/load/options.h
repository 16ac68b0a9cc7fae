// A line of the conversation: MODE NAME=NUMBER ...
#pragma once

#include <cstdint>
#include <map>
#include <string>

class Options {
 public:
  // Ends the program where the line is not of that form.
  explicit Options(const std::string& line);

  const std::string& mode() const { return mode_; }
  // Ends the program where the option is missing and has no default.
  int64_t Get(const std::string& name) const;
  int64_t Get(const std::string& name, int64_t otherwise) const;

 private:
  std::string mode_;
  std::map<std::string, int64_t> values_;
};
