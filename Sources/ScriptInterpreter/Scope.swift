/// The names of one block while it runs.
final class Scope {
  private var values: [String: Value] = [:]
  /// Names of truth values that a comparison of single measured numbers gave.
  private var singles: Set<String> = []
  /// What the function around took from outside.
  private let captured: [String: Value]
  private let parent: Scope?

  init(parent: Scope?) {
    self.parent = parent
    captured = [:]
  }

  /// The outermost scope of a function.
  init(captured: [String: Value]) {
    parent = nil
    self.captured = captured
  }

  func lookUp(_ name: String) -> Value? {
    var scope: Scope? = self
    while let current = scope {
      if let value = current.values[name] ?? current.captured[name] { return value }
      scope = current.parent
    }
    return nil
  }

  /// The names bound here, in byte order.
  var names: [String] { values.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

  func binds(_ name: String) -> Bool { values[name] != nil }

  /// - Parameter isSingle: whether a comparison of single measured numbers gave it
  func bind(_ name: String, _ value: Value, isSingle: Bool = false) {
    values[name] = value
    if isSingle { singles.insert(name) } else { singles.remove(name) }
  }

  /// Whether the truth value that a name is bound to may rest on a comparison of single numbers.
  /// Of what a function took from outside that is not known.
  func mayBeSingle(_ name: String) -> Bool {
    var scope: Scope? = self
    while let current = scope {
      if current.values[name] != nil { return current.singles.contains(name) }
      scope = current.parent
    }
    return true
  }

  func remove(_ name: String) { values[name] = nil }

  func removeAll() {
    values = [:]
    singles = []
  }
}
