/// Words of other languages, and what to write here instead.
public enum UnfamiliarWords {
  public static func hint(_ word: String) -> String? { table[word] }

  private static let table: [String: String] = [
    "while": "there is no `while`; use `for` over a list or range",
    "def": "write `fn name(arguments) { ... }`",
    "function": "write `fn name(arguments) { ... }`",
    "lambda": "write `fn(x) { ... }`",
    "return": "a function returns its last expression",
    "var": "write `let`", "const": "write `let`", "import": "write `include \"file\"`",
    "length": "write `len(x)`", "size": "write `len(x)`", "count": "write `len(x)`",
    "echo": "write `print`", "println": "write `print`", "printf": "write `print` and `format`",
    "null": "write `none`", "nil": "write `none`", "None": "write `none`",
    "True": "write `true`", "False": "write `false`",
    "elif": "write `else if`", "elseif": "write `else if`",
    "str": "write `string(x)`", "average": "write `mean(x)`", "avg": "write `mean(x)`",
    "std": "write `deviation(x)`", "stdev": "write `deviation(x)`",
    "append": "write `list + [x]`", "concat": "write `a + b`", "push": "write `list + [x]`",
    "reduce": "write `fold(list, with, from: value)`", "enumerate": "write `zip(0..len(x) - 1, x)`",
    "assert": "write `claim \"text\" expression`",
    "int": "write `round(x)` or `floor(x)`",
  ]
}
