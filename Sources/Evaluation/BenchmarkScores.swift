import MiniWorld
import OrderedCollections

/// Right answers and questions of every task.
public struct BenchmarkScores: Hashable, Sendable {
  public struct Task: Hashable, Sendable {
    public let benchmark: QuestionBenchmark
    public let task: String
    public let namesObject: Bool
    public let right: Int
    public let total: Int
    /// Answers that name no option; they count as wrong.
    public let unread: Int

    public init(
      benchmark: QuestionBenchmark, task: String, namesObject: Bool, right: Int, total: Int,
      unread: Int
    ) {
      self.benchmark = benchmark
      self.task = task
      self.namesObject = namesObject
      self.right = right
      self.total = total
      self.unread = unread
    }

    /// In percent.
    public var accuracy: Double { 100 * Double(right) / Double(max(total, 1)) }
  }

  /// By benchmark and task.
  public let tasks: [Task]

  public init(tasks: [Task]) { self.tasks = tasks }

  /// Counts answers.
  /// - Parameter answers: questions with the option that was chosen; nil where none was named
  public init(_ answers: [(question: Question, choice: Int?)]) {
    tasks = OrderedDictionary(grouping: answers, by: \.question.name).values.map { group in
      Task(
        benchmark: group[0].question.benchmark, task: group[0].question.task,
        namesObject: group.contains { $0.question.objectIndex != nil },
        right: group.count { $0.choice == $0.question.answerIndex }, total: group.count,
        unread: group.count { $0.choice == nil })
    }.sorted {
      ($0.benchmark.rawValue, $0.task) < ($1.benchmark.rawValue, $1.task)
    }
  }

  /// Share of right answers over all questions of a benchmark, in percent.
  public func overall(_ benchmark: QuestionBenchmark) -> Double {
    let own = tasks.filter { $0.benchmark == benchmark }
    let (right, total) = (own.reduce(0) { $0 + $1.right }, own.reduce(0) { $0 + $1.total })
    return 100 * Double(right) / Double(max(total, 1))
  }

  /// Mean accuracy of a benchmark's tasks, in percent.
  public func average(_ benchmark: QuestionBenchmark) -> Double {
    Self.mean(tasks.filter { $0.benchmark == benchmark })
  }

  /// Mean accuracy of the tasks that name an object, in percent.
  public var objectTasks: Double { Self.mean(tasks.filter(\.namesObject)) }

  /// Share of answers that name no option, in percent.
  public var unread: Double {
    let (unread, total) = tasks.reduce((0, 0)) { ($0.0 + $1.unread, $0.1 + $1.total) }
    return 100 * Double(unread) / Double(max(total, 1))
  }

  private static func mean(_ tasks: [Task]) -> Double {
    tasks.reduce(0) { $0 + $1.accuracy } / Double(max(tasks.count, 1))
  }
}
