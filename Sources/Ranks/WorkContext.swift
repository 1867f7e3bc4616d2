/// What a piece of work carries with it onto every worker that it starts: the number of threads and
/// the settings that modules above define with a ``WorkKey``.
///
/// One task-local value, so that pieces of work that run at the same time never see each other's
/// settings.
public struct WorkContext: Sendable {
  /// Threads that the work may use; the default of the process when nil.
  var threads: Int?
  private var values: [ObjectIdentifier: any Sendable] = [:]

  @TaskLocal static var current = WorkContext()

  /// The setting of a key in the current work.
  public static func value<Key: WorkKey>(_ key: Key.Type) -> Key.Value {
    current.values[ObjectIdentifier(key)] as? Key.Value ?? Key.defaultValue
  }

  /// Runs `body` with another setting, with all threads that it starts.
  public static func with<Key: WorkKey, Result>(
    _ key: Key.Type, _ value: Key.Value, _ body: () throws -> Result
  ) rethrows -> Result {
    var context = current
    context.values[ObjectIdentifier(key)] = value
    return try $current.withValue(context, operation: body)
  }
}

/// Names a setting of a piece of work. A type of its own for each setting.
public protocol WorkKey {
  associatedtype Value: Sendable
  /// The setting of work that says nothing.
  static var defaultValue: Value { get }
}
