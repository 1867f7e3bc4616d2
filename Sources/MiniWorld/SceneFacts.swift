/// The true answers about a scene, and what else could be answered.
struct SceneFacts {
  /// Something a question can be about.
  struct Subject {
    /// nil for the camera and the specks.
    var object: Int?
    var answer: String
  }

  let scene: Scene
  let specification: SceneSpecification
  private let words: SceneWords
  private let geometry: SceneGeometry

  init(_ scene: Scene, _ specification: SceneSpecification) {
    self.scene = scene
    self.specification = specification
    self.words = specification.words
    self.geometry = SceneGeometry(scene, specification)
  }

  /// What the scene can be asked of this kind.
  func subjects(_ about: QuestionSubject) -> [Subject] {
    switch about {
    case .camera: return [Subject(object: nil, answer: words.camera[scene.camera]!)]
    case .specks:
      let answer = scene.specks.map { words.directions[$0.direction]! } ?? words.noSpecks
      return [Subject(object: nil, answer: answer)]
    case .actor:
      return scene.objects.indices.filter { isTheOnly($0) }.map {
        Subject(object: $0, answer: colour($0))
      }
    case .endPlace:
      return scene.objects.indices.compactMap { object in
        let end = geometry.place(object: object, frame: geometry.frames - 1)
        guard end.clearance >= specification.places.clearance else { return nil }
        return Subject(object: object, answer: words.places[end.place]!)
      }
    default:
      return scene.objects.indices.compactMap { object in
        answer(about, object).map { Subject(object: object, answer: $0) }
      }
    }
  }

  /// What would be the answer about another object of the clip.
  func wrongAnswersInClip(_ about: QuestionSubject, _ subject: Subject) -> [String] {
    guard let asked = subject.object else { return [] }
    return scene.objects.indices.filter { $0 != asked }.compactMap { other in
      switch about {
      case .actor: return partlyDoes(other, asked) ? nil : colour(other)
      case .endPlace:
        return words.places[geometry.place(object: other, frame: geometry.frames - 1).place]!
      default: return answer(about, other)
      }
    }
  }

  /// Answers that are true in part, and therefore must not be offered as wrong.
  func barredAnswers(_ about: QuestionSubject, _ subject: Subject) -> [String] {
    guard about == .actor, let asked = subject.object else { return [] }
    return scene.objects.indices.filter { $0 != asked && partlyDoes($0, asked) }.map(colour)
  }

  /// The answer about one object, for questions that are decided by its action.
  private func answer(_ about: QuestionSubject, _ object: Int) -> String? {
    let action = scene.objects[object].action
    switch about {
    case .motion: return action.kind == .turn ? nil : words.phrase(\.answer, of: action)
    case .sequence: return action.kind == .turn ? words.phrase(\.answer, of: action) : nil
    case .firstMotion:
      return action.kind == .turn ? action.first.map { words.directions[$0]! } : nil
    case .secondMotion: return action.second.map { words.directions[$0]! }
    case .kind: return words.kinds[action.kind]!
    case .count: return words.counts[action.count]
    case .actor, .endPlace, .camera, .specks: return nil
    }
  }

  private func colour(_ object: Int) -> String {
    specification.colours[scene.objects[object].colour].name
  }

  /// Whether an object can be named by what it does. Turns cannot: their last word alone does
  /// not tell them apart.
  private func isTheOnly(_ object: Int) -> Bool {
    let action = scene.objects[object].action
    guard action.kind != .turn else { return false }
    let plain = words.phrase(\.plain, of: action)
    return !scene.objects.indices.contains { other in
      other != object && words.phrase(\.plain, of: scene.objects[other].action) == plain
    }
  }

  /// Whether `other` does, in one part of a turn, what `asked` does throughout.
  private func partlyDoes(_ other: Int, _ asked: Int) -> Bool {
    guard case .travel(let direction) = scene.objects[asked].action else { return false }
    let action = scene.objects[other].action
    return action.first == direction || action.second == direction
  }
}
