/// The words that mean something to the language: for completion and for the grammars of editors.
public enum ScriptWords {
  /// Words that can never be names.
  public static let keywords = Keyword.allCases.map(\.rawValue)
  /// Words that begin a statement and may be names elsewhere.
  public static let statements = ["param", "seed", "include", "table", "row", "claim", "figure"]
  /// Words inside a `table` statement.
  public static let clauses = ["key", "beside"]
  /// The signs, longest first where one begins another.
  public static let signs = Symbol.allCases.map(\.rawValue)

  public static let all = keywords + statements + clauses
}
