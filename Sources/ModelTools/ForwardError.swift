import Checkpoints
import Diagnostics
import Layers
import VideoDiffusion
import VisionLanguage

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

  /// Runs `body`, which reads a model's folder: exit status 5. An error of the configuration names
  /// the file, too.
  static func readingModel<T>(_ folder: String, _ body: () throws -> T) throws -> T {
    try withStatus(5) {
      do {
        return try body()
      } catch let error as ConfigurationError {
        throw missing("\(folder)/config.json: \(error)")
      }
    }
  }
}
