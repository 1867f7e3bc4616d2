/// The names of one block while it runs.
final class Scope {
  private var values: [String: Value] = [:]
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

  func bind(_ name: String, _ value: Value) { values[name] = value }

  func remove(_ name: String) { values[name] = nil }

  func removeAll() { values = [:] }
}
