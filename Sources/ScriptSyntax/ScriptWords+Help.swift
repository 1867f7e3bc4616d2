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
    "row LABEL: VALUE", "A line of the table around it: a number, a record, or a list over seeds.",
    "table \"Steps\" { row \"5 steps\": {accuracy: 0.25} }")
  private static let table = Help(
    "table TITLE key NAME { row LABEL: VALUE ... } beside PUBLISHED",
    "A table of results; `key` names its first column, `beside` sets published numbers next to it.",
    "table \"Steps\" key \"variant\" { for k in [2, 5] { row \"{k}\": {accuracy: 0.25 * k} } }")
  private static let choice = Help(
    "if CONDITION { ... } else { ... }",
    "One of two blocks; its value is that of the block that ran, or none.",
    "let size = if 5 > 3 { \"large\" } else { \"small\" }")
  private static let loop = Help(
    "for NAME in LIST { ... }",
    "Runs a block for every element of a list or range. `x in list` alone asks whether it is there.",
    "for k in 1..3 { print k * k }")
  private static let truth = Help(
    "true, false", "The two values of type bool.", "print 1 < 2 and not false")

  private static let texts: [String: Help] = [
    "me": Help(
      "me 1", "The first line of a script: the version of the language.", "me 1"),
    "let": Help(
      "let NAME = VALUE",
      "Binds a name to a value, once; only at the prompt may it be bound again.",
      "let steps = 5"),
    "fn": Help(
      "fn NAME(PARAMETERS) { ... }",
      "A function; its value is that of the last expression. `fn(x) { ... }` has no name.",
      "fn scaled(x, by: float = 2) { x * by }"),
    "for": loop, "in": loop, "if": choice, "else": choice,
    "and": Help(
      "A and B", "Whether both hold; B is not computed if A does not.", "print 1 < 2 and 2 < 3"),
    "or": Help("A or B", "Whether one holds; B is not computed if A does.", "print 1 > 2 or 2 < 3"),
    "not": Help("not A", "Whether A does not hold.", "print not 1 > 2"),
    "true": truth, "false": truth,
    "none": Help(
      "none", "No value: what commands without a result give, and arguments that are left out.",
      "print none == none"),
    "param": Help(
      "param NAME: TYPE = DEFAULT in DOMAIN",
      "A value that `--set NAME=VALUE`, or `:set` at the prompt, changes from outside.",
      "param steps: int = 20 in 1..100"),
    "seed": Help(
      "seed NUMBER", "Decides every random number of the script.", "seed 2606"),
    "include": Help(
      "include FILE", "Runs another script in this place, once.",
      "include \"experiments/parts/alignment.me\""),
    "table": table, "key": table, "beside": table, "row": row,
    "claim": Help(
      "claim TEXT VALUE",
      "States what the paper says; the value, a bool or what `better` gives, judges it.",
      "claim \"half is better\" better([0.6, 0.62], [0.5, 0.51])"),
    "figure": Help(
      "figure NAME VALUE", "Draws a value into figures/NAME.svg and NAME.png.",
      "figure \"curve\" line([1, 2], curves: {a: [1, 2]}, x_label: \"x\", y_label: \"y\")"),
  ]
}
