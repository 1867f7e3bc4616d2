import Tensors

/// A question together with the clip it is about.
public struct BenchmarkItem: Hashable, Sendable {
  public var split: String
  /// Index of the clip's scene in the split.
  public var sceneIndex: Int
  public var question: Question
}

/// Chooses questions from the clips of a split so that no knowledge of the answers alone helps:
/// each answer is right about as often as chance has it among the questions that offer it, and
/// each position holds the right option equally often.
public struct BenchmarkBuilder: Sendable {
  public let specification: SceneSpecification
  public let seed: Int

  public init(_ specification: SceneSpecification, seed: Int) {
    self.specification = specification
    self.seed = seed
  }

  /// Goes through the clips of a split in order until every task has its questions, at most one
  /// of each task from a clip. Questions whose wrong options all come from the clip are
  /// preferred: others are taken only when the split has no more of those.
  /// - Returns: items by task in the order of the specification, then by clip
  public func build(split name: String, questionsPerTask: Int) throws -> [BenchmarkItem] {
    let generator = try SceneGenerator(specification, seed: seed, split: name)
    let writer = QuestionWriter(specification)
    var quotas = specification.questions.map {
      TaskQuota(name: $0.name, size: questionsPerTask)
    }
    passes: for grounded in stride(from: QuestionWriter.optionCount - 1, through: 0, by: -1) {
      for index in 0..<generator.split.count {
        if quotas.allSatisfy(\.isFull) { break passes }
        let open = Set(quotas.filter { !$0.isFull }.map(\.name))
        let candidates = writer.questions(try generator.scene(at: index)) {
          open.contains($0.name)
        }.filter { $0.groundedOptions == grounded }
        for task in quotas.indices where !quotas[task].isFull {
          quotas[task].take(from: candidates, split: name, sceneIndex: index)
        }
      }
    }
    if let short = quotas.first(where: { !$0.isFull }) {
      throw SceneError.tooFewQuestions(
        split: name, task: short.name, wanted: questionsPerTask, found: short.items.count,
        clips: generator.split.count)
    }
    let key = StreamKey(seed: seed, command: "benchmark", label: generator.split.stream)
    return quotas.flatMap { $0.dealt(RandomStream(key.child($0.name))) }
  }
}

/// The questions of one task while they are being collected.
private struct TaskQuota {
  let name: String
  let size: Int
  var items: [BenchmarkItem] = []
  private var scenes = Set<Int>()
  /// For each answer: how often it was right minus how often chance would have it right, given
  /// how often it was offered.
  private var surplus: [String: Float] = [:]

  init(name: String, size: Int) {
    self.name = name
    self.size = size
  }

  var isFull: Bool { items.count >= size }

  /// Largest surplus that an answer may reach.
  private static let tolerance: Float = 1

  /// Takes the candidate that best evens out the answers, if none becomes too frequent by it.
  mutating func take(from candidates: [Question], split: String, sceneIndex: Int) {
    guard !scenes.contains(sceneIndex) else { return }
    let own = candidates.filter { $0.name == name && isBalanced($0) }
    guard let best = own.min(by: { imbalance($0) < imbalance($1) }) else { return }
    for option in best.options { surplus[option, default: 0] += change(best, option) }
    scenes.insert(sceneIndex)
    items.append(BenchmarkItem(split: split, sceneIndex: sceneIndex, question: best))
  }

  private func isBalanced(_ question: Question) -> Bool {
    question.options.allSatisfy {
      abs(surplus[$0, default: 0] + change(question, $0)) <= Self.tolerance
    }
  }

  private func imbalance(_ question: Question) -> Float {
    question.options.reduce(0) { sum, option in
      let after = surplus[option, default: 0] + change(question, option)
      return sum + after * after
    }
  }

  /// What a question adds to the surplus of one of its options.
  private func change(_ question: Question, _ option: String) -> Float {
    let chance = 1 / Float(question.options.count)
    return (option == question.answer ? 1 : 0) - chance
  }

  /// The items by clip, their answers dealt to positions in shuffled rounds of all positions.
  func dealt(_ stream: RandomStream) -> [BenchmarkItem] {
    var stream = stream
    var positions: [Int] = []
    return items.sorted { $0.sceneIndex < $1.sceneIndex }.map { item in
      // Where few colours leave a question with fewer options, a round is cut short.
      let count = item.question.options.count
      if positions.last.map({ $0 >= count }) ?? true { positions = stream.permutation(count) }
      var dealt = item
      dealt.question = item.question.placingAnswer(at: positions.removeLast())
      return dealt
    }
  }
}
