import MiniWorld
import Testing
import Video

@Suite("Questions about scenes")
struct ScenesQuestionTests {
  static let world = World.specification

  static func questions(_ split: String, clips: Int) throws -> [(Scene, Question)] {
    let data = try World.dataset(split)
    return try (0..<clips).flatMap { index in
      let scene = try data.scene(at: index)
      return QuestionWriter(world).questions(scene).map { (scene, $0) }
    }
  }

  @Test("Options are four different texts, the answer at any position alike")
  func options() throws {
    let all = try Self.questions("test", clips: 400).map(\.1)
    var positions = [0.0, 0, 0, 0]
    for question in all {
      #expect(question.options.count == 4 && Set(question.options).count == 4)
      positions[question.answerIndex] += 1
    }
    for count in positions { #expect(abs(count / Double(all.count) - 0.25) < 0.02) }
    #expect(Set(all.map(\.name)) == Set(Self.world.questions.map(\.name)))
  }

  @Test("Answers are true")
  func answersAreTrue() throws {
    let words = Self.world.words
    for (scene, question) in try Self.questions("test", clips: 200) {
      let object = question.objectIndex.map { scene.objects[$0] }
      let action = object?.action
      let expected: String? =
        switch question.about {
        case .motion, .sequence: action.map { words.phrase(\.answer, of: $0) }
        case .count: action.map { words.counts[$0.count] }
        case .kind: action.map { words.kinds[$0.kind]! }
        case .firstMotion: action?.first.map { words.directions[$0]! }
        case .secondMotion: action?.second.map { words.directions[$0]! }
        case .actor: object.map { Self.world.colours[$0.colour].name }
        case .camera: words.camera[scene.camera]
        case .specks: scene.specks.map { words.directions[$0.direction]! } ?? words.noSpecks
        case .endPlace:
          question.objectIndex.map {
            let place = SceneGeometry(scene, Self.world).place(object: $0, frame: 16)
            return words.places[place.place]!
          }
        }
      #expect(question.answer == expected)
      #expect(question.statement == "\(question.prompt) \(question.answer)")
    }
  }

  @Test("Prompts end in the word that singles the object out")
  func binding() throws {
    for (scene, question) in try Self.questions("test", clips: 100) {
      guard let index = question.objectIndex else {
        #expect(question.bindingWord == nil)
        #expect([.camera, .specks].contains(question.about))
        continue
      }
      let word = try #require(question.bindingWord)
      #expect(question.prompt.hasSuffix(" \(word)"))
      if question.about != .actor {
        #expect(word == Self.world.colours[scene.objects[index].colour].name)
      }
    }
  }

  @Test("No wrong option is true in part, and grounded ones are true of another object")
  func wrongOptions() throws {
    for (scene, question) in try Self.questions("test", clips: 300) {
      let wrong = question.options.filter { $0 != question.answer }
      if question.about == .actor, let asked = question.objectIndex,
        case .travel(let direction) = scene.objects[asked].action
      {
        for object in scene.objects where object.action.kind == .turn {
          let does = object.action.first == direction || object.action.second == direction
          #expect(!does || !wrong.contains(Self.world.colours[object.colour].name))
        }
      }
      if question.about == .sequence {
        let done = Set(
          scene.objects.filter { $0.action.kind == .turn }
            .map { Self.world.words.phrase(\.answer, of: $0.action) })
        #expect(wrong.filter { done.contains($0) }.count == question.groundedOptions)
      }
    }
  }

  @Test("An object named by what it does is the only one that does it")
  func actorsAreUnique() throws {
    for (scene, question) in try Self.questions("test", clips: 300) where question.about == .actor {
      let plain = scene.objects.map { Self.world.words.phrase(\.plain, of: $0.action) }
      #expect(plain.filter { question.prompt.hasSuffix($0) }.count == 1)
    }
  }

  @Test("Places that are asked about are clear of their borders")
  func placesAreClear() throws {
    for (scene, question) in try Self.questions("test", clips: 300)
    where question.about == .endPlace {
      let place = SceneGeometry(scene, Self.world).place(
        object: try #require(question.objectIndex), frame: 16)
      #expect(place.clearance >= Self.world.places.clearance)
    }
  }
}
