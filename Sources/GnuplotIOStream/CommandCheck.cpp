#include "CommandCheck.h"

#include <algorithm>
#include <cctype>

namespace merepl {
namespace {

bool isOneOf(const std::string &word, std::initializer_list<const char *> words) {
  return std::any_of(words.begin(), words.end(), [&](const char *one) { return word == one; });
}

bool isWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

/// Walks over the commands once, knowing whether it is inside a quoted text.
class Scanner {
 public:
  explicit Scanner(const std::string &text) : text_(text) {}

  std::string scan() {
    while (at_ < text_.size() && reason_.empty()) {
      const char c = text_[at_];
      if (c == '\'') {
        quoted();
      } else if (c == '"') {
        escaped();
      } else if (isWordCharacter(c)) {
        word();
      } else {
        symbol(c);
        ++at_;
      }
    }
    return reason_;
  }

 private:
  void refuse(const std::string &reason) {
    if (reason_.empty()) reason_ = reason;
  }

  /// A text in single quotes; a doubled quote inside stands for one.
  void quoted() {
    const bool namesFile =
        isOneOf(last_, {"plot", "output"}) || (last_ == "," && depth_ == 0);
    const size_t begin = ++at_;
    while (at_ < text_.size() && !(text_[at_] == '\'' && next() != '\'')) {
      const unsigned char c = static_cast<unsigned char>(text_[at_]);
      if (c < 0x20 || c == 0x7f) return refuse("a control character in a text");
      at_ += text_[at_] == '\'' ? 2 : 1;
    }
    if (at_ >= text_.size()) return refuse("a text without closing quote");
    const std::string content = text_.substr(begin, at_ - begin);
    if (namesFile && (content.empty() || content[0] != '/')) {
      refuse("the file name '" + content + "', which is not an absolute path");
    }
    if (namesFile && last_ != "output") refuse("it reads the file '" + content + "'");
    ++at_;
    last_ = "'";
    atStart_ = false;
  }

  /// A text in double quotes, for apostrophes that single quotes cannot hold. There gnuplot would
  /// run what stands in back-ticks and knows many escapes; four signs by their octal codes are all
  /// that may be escaped.
  void escaped() {
    if (isOneOf(last_, {"plot", "output"}) || (last_ == "," && depth_ == 0)) {
      return refuse("a file name in double quotes");
    }
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"') {
      const unsigned char c = static_cast<unsigned char>(text_[at_]);
      if (c < 0x20 || c == 0x7f) return refuse("a control character in a text");
      if (c == '`') return refuse("a back-tick");
      if (c == '\\') {
        if (!isOneOf(text_.substr(at_ + 1, 3), {"042", "047", "134", "140"})) {
          return refuse("an escape sequence in a text");
        }
        at_ += 3;
      }
      ++at_;
    }
    if (at_ >= text_.size()) return refuse("a text without closing quote");
    ++at_;
    last_ = "'";
    atStart_ = false;
  }

  void word() {
    const size_t begin = at_;
    while (at_ < text_.size() && isWordCharacter(text_[at_])) ++at_;
    const std::string name = text_.substr(begin, at_ - begin);
    if (atStart_) {
      if (!isOneOf(name, {"set", "unset", "reset", "plot"})) refuse("the command '" + name + "'");
      atStart_ = false;
    } else if (last_ == "set" && isOneOf(name, {"print", "table", "loadpath", "fontpath"})) {
      refuse("'set " + name + "'");
    }
    if (name == "system") refuse("the function '" + name + "'");
    last_ = name;
  }

  void symbol(char c) {
    const unsigned char code = static_cast<unsigned char>(c);
    if (c == '`') refuse("a back-tick");
    if (c == '@') refuse("a macro");
    if (c == '\\') refuse("a continued line");
    if (c == '!' && atStart_) refuse("a shell command");
    if ((code < 0x20 && c != '\n') || code >= 0x7f) refuse("a special character outside quotes");
    if (c == '(' || c == '[' || c == '{') ++depth_;
    if (c == ')' || c == ']' || c == '}') --depth_;
    if (c == '\n' || c == ';') {
      atStart_ = true;
      depth_ = 0;
      last_.clear();
    } else if (c != ' ') {
      if (atStart_) refuse(std::string("a command that begins with '") + c + "'");
      last_ = std::string(1, c);
    }
  }

  char next() const { return at_ + 1 < text_.size() ? text_[at_ + 1] : '\0'; }

  const std::string &text_;
  size_t at_ = 0;
  int depth_ = 0;
  bool atStart_ = true;
  /// The last word, or the last symbol.
  std::string last_;
  std::string reason_;
};

}  // namespace

std::string reasonToRefuse(const std::string &text) { return Scanner(text).scan(); }

}  // namespace merepl
