import Checkpoints
import ScriptInterpreter

/// Errors of `merepl forward`: what was expected, what was found, in which file and under which
/// key.
enum ForwardError {
  /// Something that has to be there is missing or damaged: exit status 5.
  static func missing(
    _ message: String, notes: [String] = [], suggestion: String? = nil
  ) -> CommandError {
    CommandError(message, notes: notes, suggestion: suggestion, exitCode: 5)
  }

  /// Something is there but does not fit: exit status 1.
  static func unfit(
    _ message: String, notes: [String] = [], suggestion: String? = nil
  ) -> CommandError {
    CommandError(message, notes: notes, suggestion: suggestion, exitCode: 1)
  }

  /// Runs `body`; an error that does not know its exit status gets this one.
  static func withStatus<T>(_ status: Int32, _ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as any ExitCoded {
      throw error
    } catch {
      throw CommandError("\(error)", exitCode: status)
    }
  }
}
