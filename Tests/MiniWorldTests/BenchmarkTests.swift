import MiniWorld
import Tensors
import Testing
import Video

@Suite("Benchmarks of scenes")
struct ScenesBenchmarkTests {
  static let perTask = 400

  static func build(_ split: String, perTask: Int = perTask) throws -> [BenchmarkItem] {
    try BenchmarkBuilder(World.specification, seed: 2606)
      .build(split: split, questionsPerTask: perTask)
  }

  static let training = Result { try build("sft") }
  static let unbiased = Result { try build("test") }
  static let biased = Result { try build("test-biased", perTask: 60) }

  @Test("Every task has its questions, each from another clip, and the same every time")
  func isComplete() throws {
    let items = try Self.unbiased.get()
    for template in World.specification.questions {
      let own = items.filter { $0.question.name == template.name }
      #expect(own.count == Self.perTask)
      #expect(Set(own.map(\.sceneIndex)).count == Self.perTask)
    }
    let data = try World.dataset("test")
    for item in items.prefix(300) {
      let scene = try data.scene(at: item.sceneIndex)
      let asked = QuestionWriter(World.specification).questions(scene)
        .filter { $0.name == item.question.name && $0.prompt == item.question.prompt }
      #expect(asked.contains { Set($0.options) == Set(item.question.options) })
    }
    #expect(try Self.build("test", perTask: 20) == Self.build("test", perTask: 20))
  }

  @Test("Each position holds the answer equally often in every task")
  func positionsAreEven() throws {
    for template in World.specification.questions {
      var counts = [0, 0, 0, 0]
      for item in try Self.unbiased.get() where item.question.name == template.name {
        counts[item.question.answerIndex] += 1
      }
      #expect(counts == [100, 100, 100, 100])
    }
  }

  /// Accuracy of answering each question with the option that was right most often, when it was
  /// offered, in the training split.
  static func priorAccuracy(_ items: [BenchmarkItem], from training: [BenchmarkItem]) -> Double {
    var right: [String: Double] = [:]
    var offered: [String: Double] = [:]
    for item in training {
      for option in item.question.options { offered[option, default: 0] += 1 }
      right[item.question.answer, default: 0] += 1
    }
    let scores = items.map { item -> Double in
      let rates = item.question.options.map { right[$0, default: 0] / offered[$0, default: 1] }
      let best = rates.max()!
      let ties = Double(rates.filter { $0 == best }.count)
      return rates[item.question.answerIndex] == best ? 1 / ties : 0
    }
    return scores.reduce(0, +) / Double(scores.count)
  }

  @Test("Knowing the answers but not the clips is worth nothing")
  func priorsAreWorthless() throws {
    var accuracies: [Double] = []
    for template in World.specification.questions {
      func own(_ items: [BenchmarkItem]) -> [BenchmarkItem] {
        items.filter { $0.question.name == template.name }
      }
      let accuracy = Self.priorAccuracy(
        own(try Self.unbiased.get()), from: own(try Self.training.get()))
      // 400 questions: three standard deviations are 0.065.
      #expect(abs(accuracy - 0.25) < 0.065, "\(template.name): \(accuracy)")
      accuracies.append(accuracy)
    }
    let mean = accuracies.reduce(0, +) / Double(accuracies.count)
    #expect(abs(mean - 0.25) < 0.02, "\(mean)")
  }

  /// Accuracy of answering from the colour alone with what objects of it prefer to do.
  static func shortcutAccuracy(_ items: [BenchmarkItem]) -> Double {
    let world = World.specification
    let words = world.words
    let asked = items.filter { $0.question.objectIndex != nil }
    let scores = asked.compactMap { item -> Double? in
      let question = item.question
      let colour = world.colours.first { $0.name == question.bindingWord }
      let guess: String?
      switch question.about {
      case .motion, .sequence: guess = colour.map { words.phrase(\.answer, of: $0.preferred) }
      case .count: guess = colour.map { words.counts[$0.preferred.count] }
      case .kind: guess = colour.map { words.kinds[$0.preferred.kind]! }
      case .firstMotion: guess = colour?.preferred.first.flatMap { words.directions[$0] }
      case .secondMotion: guess = colour?.preferred.second.flatMap { words.directions[$0] }
      default: return nil
      }
      guard let guess, question.options.contains(guess) else { return 0.25 }
      return guess == question.answer ? 1 : 0
    }
    return scores.reduce(0, +) / Double(scores.count)
  }

  @Test("Colour gives the answer away in a biased split only")
  func shortcut() throws {
    let without = Self.shortcutAccuracy(try Self.unbiased.get())
    let with = Self.shortcutAccuracy(try Self.biased.get())
    #expect(abs(without - 0.25) < 0.03, "\(without)")
    #expect(with > 0.5, "\(with)")
  }

  @Test("Knowing what happens but not to whom is worth little")
  func poolingIsWorthLittle() throws {
    for template in World.specification.questions where template.about.asksAboutAnObject {
      let own = try Self.unbiased.get().filter { $0.question.name == template.name }
      let accuracy =
        own.map { 1 / Double($0.question.groundedOptions + 1) }.reduce(0, +) / Double(own.count)
      #expect(accuracy < 0.3, "\(template.name): \(accuracy)")
    }
  }

  @Test("A split that is too small says what it lacks")
  func tooSmall() throws {
    let small = try World.changed(
      "\"scenes/test\", \"count\": 10000", to: "\"scenes/test\", \"count\": 30")
    do {
      _ = try BenchmarkBuilder(small, seed: 1).build(split: "test", questionsPerTask: 100)
      Issue.record("30 clips cannot yield 100 questions a task")
    } catch let error as SceneError {
      #expect("\(error)".contains("motionbench.MR"))
      #expect("\(error)".contains("its 30 clips"))
    }
  }
}

extension QuestionSubject {
  var asksAboutAnObject: Bool { self != .camera && self != .specks }
}
