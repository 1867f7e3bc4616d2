import Foundation
import MiniWorld
import Tensors
import Testing
import Video

@Suite("Texts about scenes")
struct ScenesTextTests {
  static let world = World.specification

  /// All texts of many clips of every split.
  static func everyText(clips: Int) throws -> [String] {
    let captions = CaptionWriter(world)
    return try world.splits.flatMap { split in
      let data = try World.dataset(split.name)
      return try (0..<clips).flatMap { index -> [String] in
        let scene = try data.scene(at: index)
        let singles = scene.objects.indices.map { captions.single(scene, object: $0).text }
        let questions = QuestionWriter(world).questions(scene).flatMap { [$0.prompt] + $0.options }
        return singles + questions + [captions.dense(scene).text, captions.motion(scene).text]
      }
    }
  }

  @Test("The word list is that of the world; texts use all of it and nothing else")
  func wordList() throws {
    let file = World.folder.appending(path: "words.txt")
    let expected = Self.world.vocabulary.joined(separator: "\n") + "\n"
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] != nil {
      try expected.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("words.txt was written anew; run again without RECORD_SNAPSHOTS")
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == expected)
    let used = Set(
      try Self.everyText(clips: 400).flatMap { $0.split(separator: " ").map(String.init) })
    #expect(used.subtracting(Self.world.vocabulary).isEmpty)
    #expect(Set(Self.world.vocabulary).subtracting(used).isEmpty)
  }

  @Test("Captions say what the scene does")
  func captions() throws {
    var scene = try ScenesTruthTests.lone(.turn(.left, .up), reach: SIMD2(10, 10))
    scene.objects[0].shape = .circle
    scene.objects[0].colour = 0
    scene.objects[0].start = SIMD2(36, 36)
    var other = scene.objects[0]
    other.colour = 5
    other.shape = .cross
    other.action = .bounce(2)
    other.start = SIMD2(10, 20)
    scene.objects.append(other)
    let writer = CaptionWriter(Self.world)
    #expect(
      writer.motion(scene).text
        == "the circle in red goes left then up . the cross in magenta bounces two times")
    #expect(writer.single(scene, object: 1).text == "the cross in magenta bounces two times")
    #expect(
      writer.dense(scene, order: [1, 0]).text == """
        there is a cross in magenta at topleft . the cross in magenta bounces two times . \
        there is a circle in red at bottomright . the circle in red goes left then up . \
        the camera is still . there are no specks
        """)
    scene.camera = .zoomOut
    scene.specks = Specks(direction: .down, starts: [])
    #expect(
      writer.dense(scene, order: []).text == "the camera goes out . specks go down")
  }

  @Test("Mentions point at the words that they speak of")
  func mentions() throws {
    let data = try World.dataset("test")
    for index in 0..<50 {
      let scene = try data.scene(at: index)
      let text = CaptionWriter(Self.world).dense(scene)
      let bytes = Array(text.text.utf8)
      for mention in text.mentions {
        let said = String(decoding: bytes[mention.span], as: UTF8.self)
        switch mention.role {
        case .colour:
          let object = scene.objects[try #require(mention.objectIndex)]
          #expect(said == Self.world.colours[object.colour].name)
        case .shape:
          let object = scene.objects[try #require(mention.objectIndex)]
          #expect(said == Self.world.words.shapes[object.shape])
        case .action:
          let object = scene.objects[try #require(mention.objectIndex)]
          #expect(said == Self.world.words.phrase(\.does, of: object.action))
        case .place: #expect(Self.world.words.places.values.contains(said))
        case .camera: #expect(said == Self.world.words.camera[scene.camera])
        case .specks:
          #expect(said == scene.specks.flatMap { Self.world.words.directions[$0.direction] })
        case .answer: Issue.record("a caption has no answer")
        }
      }
      #expect(text.mentions.filter { $0.role == .colour }.count == 2 * scene.objects.count)
    }
  }

  @Test("Training texts come in the proportions of the split and depend on the stream alone")
  func trainingTexts() throws {
    let data = try World.dataset("vdm-pretrain")
    var stream = RandomStream(StreamKey(seed: 1, command: "test"))
    var again = stream
    var counts: [SceneTextKind: Double] = [:]
    for index in 0..<1000 {
      let text = try data.trainingText(at: index, stream: &stream)
      #expect(try data.trainingText(at: index, stream: &again) == text)
      #expect((text.kind == .question) == (text.question != nil))
      counts[text.kind, default: 0] += 1
    }
    let total = Double(data.split.texts.values.reduce(0, +))
    for (kind, share) in data.split.texts {
      #expect(abs(counts[kind, default: 0] / 1000 - Double(share) / total) < 0.05)
    }
    #expect(try data.trainingText(at: 0, kind: .motion, stream: &stream).kind == .motion)
  }

  @Test("Training questions ask all tasks, and expect all answers of a task, about equally often")
  func trainingQuestions() throws {
    let data = try World.dataset("sft")
    var stream = RandomStream(StreamKey(seed: 2, command: "test"))
    let questions = try (0..<4000).map {
      try #require(try data.trainingText(at: $0, kind: .question, stream: &stream).question)
    }
    for template in Self.world.questions {
      let own = questions.filter { $0.name == template.name }
      let share = Double(own.count) / Double(questions.count)
      #expect(share > 0.05 && share < 0.15, "\(template.name): \(share)")
      let answers = Dictionary(grouping: own, by: \.answer).mapValues { Double($0.count) }
      let even = 1 / Double(Self.world.answers(to: template.about).count)
      for (answer, count) in answers {
        #expect(count / Double(own.count) < 2.2 * even, "\(template.name): \(answer) \(count)")
      }
    }
  }
}
