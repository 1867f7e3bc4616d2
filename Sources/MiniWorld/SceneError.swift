/// Why a world is not valid, or why something cannot be drawn from it.
public enum SceneError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A value of the specification that cannot be right. `path` is its place in the file.
  case invalid(path: String, problem: String, remedy: String)
  /// There is no split of this name.
  case unknownSplit(name: String, known: [String])
  /// No arrangement of the objects was found within the allowed number of attempts.
  case cannotPlace(split: String, index: Int, attempts: Int)
  /// A split ran out of clips before a task had its questions.
  case tooFewQuestions(split: String, task: String, wanted: Int, found: Int, clips: Int)

  public var description: String {
    switch self {
    case .invalid(let path, let problem, let remedy):
      return "\(path): \(problem); \(remedy)"
    case .unknownSplit(let name, let known):
      return "unknown split \"\(name)\"; splits: \(known.joined(separator: ", "))"
    case .cannotPlace(let split, let index, let attempts):
      return """
        scene \(index) of split \(split): its objects could not be placed without overlap in \
        \(attempts) attempts; use fewer or smaller objects, or a larger frame
        """
    case .tooFewQuestions(let split, let task, let wanted, let found, let clips):
      return """
        split \(split): its \(clips) clips have only \(found) balanced questions for task \(task) \
        but \(wanted) were requested; request fewer or increase the split's count
        """
    }
  }
}
