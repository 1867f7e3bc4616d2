/// The benchmark whose task types a question imitates.
public enum QuestionBenchmark: String, CaseIterable, Hashable, Sendable {
  case motionbench, favorbench
}

/// What a question asks for.
public enum QuestionSubject: String, CaseIterable, Hashable, Sendable {
  /// What an object does that is not a turn.
  case motion
  /// Where an object is at the last frame.
  case endPlace
  /// The two parts of an object's turn, in order.
  case sequence
  /// How often an object repeats its action.
  case count
  /// The colour of the object that does something.
  case actor
  /// What the camera does.
  case camera
  /// The kind of an object's action.
  case kind
  /// The first part of a turn.
  case firstMotion
  /// The second part of a turn.
  case secondMotion
  /// Where the specks drift.
  case specks

  /// The blank that must end the prompt, because small models bind at the last word.
  var bindingBlank: String? {
    switch self {
    case .camera, .specks: nil
    case .actor: "plain"
    default: "colour"
    }
  }
}

/// How a task asks. Blanks: `shape` and `colour` of the object, or `plain` for what it does.
public struct QuestionTemplate: Hashable, Sendable {
  public var benchmark: QuestionBenchmark
  /// Abbreviation of the task type, as in the benchmark's tables: MR, LM, ..., AS, HAC, ...
  public var task: String
  public var about: QuestionSubject
  public var prompt: TextTemplate

  /// Benchmark and task, `motionbench.MR`.
  public var name: String { "\(benchmark.rawValue).\(task)" }
}

/// A question about a clip with four options.
public struct Question: Hashable, Sendable {
  public var benchmark: QuestionBenchmark
  public var task: String
  public var about: QuestionSubject
  public var prompt: String
  /// Four different texts.
  public var options: [String]
  public var answerIndex: Int
  /// The object asked about; nil when the question is about the camera or the specks.
  public var objectIndex: Int?
  /// UTF-8 offsets in ``prompt`` of the word that singles the object out, its last word; nil
  /// when the question is about no object.
  public var bindingSpan: Range<Int>?
  /// Wrong options that are true of another object of the clip. With all three, knowing what
  /// happens without knowing to whom is worth nothing. Questions that are about no object need
  /// no such options and count as having them.
  public var groundedOptions: Int

  public init(
    benchmark: QuestionBenchmark, task: String, about: QuestionSubject, prompt: String,
    options: [String], answerIndex: Int, objectIndex: Int?, bindingSpan: Range<Int>?,
    groundedOptions: Int
  ) {
    self.benchmark = benchmark
    self.task = task
    self.about = about
    self.prompt = prompt
    self.options = options
    self.answerIndex = answerIndex
    self.objectIndex = objectIndex
    self.bindingSpan = bindingSpan
    self.groundedOptions = groundedOptions
  }

  /// Benchmark and task, `motionbench.MR`.
  public var name: String { "\(benchmark.rawValue).\(task)" }

  public var answer: String { options[answerIndex] }

  /// The word at ``bindingSpan``.
  public var bindingWord: String? {
    bindingSpan.map { String(decoding: Array(prompt.utf8)[$0], as: UTF8.self) }
  }

  /// The prompt followed by the answer.
  public var statement: String { "\(prompt) \(answer)" }

  /// The same question with its answer at another position.
  public func placingAnswer(at index: Int) -> Question {
    var moved = self
    moved.options.swapAt(answerIndex, index)
    moved.answerIndex = index
    return moved
  }
}
