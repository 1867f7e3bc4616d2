extension ScriptWords {
  /// What a word of the language means, for `help` and for editors.
  public struct Help: Sendable, Hashable {
    /// How it is written.
    public let form: String
    public let summary: String
    public let example: String

    init(_ form: String, _ summary: String, _ example: String) {
      self.form = form
      self.summary = summary
      self.example = example
    }
  }

  /// Of every word in `all`, and of `me`; nil for others.
  public static func help(_ word: String) -> Help? { texts[word] }

  private static let row = Help(
    "row LABEL: VALUE", "A row of the enclosing table: a number, a record, or a list over seeds.",
    "table \"Steps\" { row \"5 steps\": {accuracy: 0.25} }")
  private static let table = Help(
    "table TITLE key NAME { row LABEL: VALUE ... } beside PUBLISHED",
    "A table of results; `key` names the first column, `beside` adds published numbers.",
    "table \"Steps\" key \"variant\" { for k in [2, 5] { row \"{k}\": {accuracy: 0.25 * k} } }")
  private static let choice = Help(
    "if CONDITION { ... } else { ... }",
    "Runs one of two blocks; the value is that of the block that ran, or none.",
    "let size = if 5 > 3 { \"large\" } else { \"small\" }")
  private static let loop = Help(
    "for NAME in LIST { ... }",
    "Runs a block for each element of a list or range. `x in list` alone tests membership.",
    "for k in 1..3 { print k * k }")
  private static let truth = Help(
    "true, false", "The values of type bool.", "print 1 < 2 and not false")

  private static let texts: [String: Help] = [
    "me": Help(
      "me 1", "The first line of a script: the language version.", "me 1"),
    "let": Help(
      "let NAME = VALUE",
      "Binds a name to a value. Only the prompt allows rebinding.",
      "let steps = 5"),
    "fn": Help(
      "fn NAME(PARAMETERS) { ... }",
      "Defines a function that returns its last expression; `fn(x) { ... }` is anonymous.",
      "fn scaled(x, by: float = 2) { x * by }"),
    "for": loop, "in": loop, "if": choice, "else": choice,
    "and": Help(
      "A and B", "True if both are true; B is not evaluated if A is false.", "print 1 < 2 and 2 < 3"
    ),
    "or": Help(
      "A or B", "True if at least one is true; B is not evaluated if A is true.",
      "print 1 > 2 or 2 < 3"),
    "not": Help("not A", "True if A is false.", "print not 1 > 2"),
    "true": truth, "false": truth,
    "none": Help(
      "none", "No value: the result of commands that return nothing, and of omitted arguments.",
      "print none == none"),
    "param": Help(
      "param NAME: TYPE = DEFAULT in DOMAIN",
      "A parameter that `--set NAME=VALUE`, or `:set` at the prompt, can change.",
      "param steps: int = 20 in 1..100"),
    "seed": Help(
      "seed NUMBER", "Sets the seed of all random numbers in the script.", "seed 2606"),
    "include": Help(
      "include FILE", "Runs another script at this point, once.",
      "include \"experiments/parts/alignment.me\""),
    "table": table, "key": table, "beside": table, "row": row,
    "claim": Help(
      "claim TEXT VALUE",
      "States a claim of the paper, judged by a bool or by the result of `better`.",
      "claim \"half is better\" better([0.6, 0.62], [0.5, 0.51])"),
    "figure": Help(
      "figure NAME VALUE", "Writes a figure to figures/NAME.svg and NAME.png.",
      "figure \"curve\" line([1, 2], curves: {a: [1, 2]}, x_label: \"x\", y_label: \"y\")"),
  ]
}
