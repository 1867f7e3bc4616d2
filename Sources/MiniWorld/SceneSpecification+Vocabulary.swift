extension SceneSpecification {
  /// All answers that a question about this may have, in a fixed order.
  public func answers(to about: QuestionSubject) -> [String] {
    switch about {
    case .motion:
      let phrases = actions.filter { $0.kind != .turn }.map { words.phrase(\.answer, of: $0) }
      return phrases.indices.filter { !phrases[..<$0].contains(phrases[$0]) }.map { phrases[$0] }
    case .sequence:
      return SceneAction.all(.turn, counts: []).map { words.phrase(\.answer, of: $0) }
    case .endPlace: return ScenePlace.allCases.map { words.places[$0]! }
    case .count: return words.counts
    case .actor: return colours.map(\.name)
    case .camera: return CameraMove.allCases.map { words.camera[$0]! }
    case .kind: return ActionKind.allCases.map { words.kinds[$0]! }
    case .firstMotion, .secondMotion: return Direction.allCases.map { words.directions[$0]! }
    case .specks: return Direction.allCases.map { words.directions[$0]! } + [words.noSpecks]
    }
  }

  /// Every word that a caption, prompt or option of this world can contain, in order of code
  /// points. Words are what stands between spaces.
  public var vocabulary: [String] {
    var texts = colours.map(\.name)
    texts += SceneShape.allCases.map { words.shapes[$0]! }
    texts += Direction.allCases.map { words.directions[$0]! }
    texts += CameraMove.allCases.map { words.camera[$0]! }
    texts += ScenePlace.allCases.map { words.places[$0]! }
    texts += ActionKind.allCases.map { words.kinds[$0]! }
    texts += [words.noSpecks, captions.separator] + words.counts
    texts += motions.counts.map { words.times[$0] }
    for phrase in words.phrases.values {
      texts += phrase.answer.words + phrase.does.words + phrase.plain.words
    }
    texts += questions.flatMap(\.prompt.words)
    texts += captions.presence.words + captions.motion.words
    texts += captions.cameraMoves.words + captions.cameraStill.words
    texts += captions.specksMove.words + captions.specksNone.words
    let all = texts.flatMap { $0.split(separator: " ").map(String.init) }
    return Set(all).sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
  }
}
