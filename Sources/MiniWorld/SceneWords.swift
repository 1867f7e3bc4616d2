/// The words of a world for what the code knows by case names.
public struct SceneWords: Hashable, Sendable {
  public var shapes: [SceneShape: String]
  public var directions: [Direction: String]
  public var camera: [CameraMove: String]
  /// The answer when no specks drift.
  public var noSpecks: String
  public var places: [ScenePlace: String]
  public var kinds: [ActionKind: String]
  /// Number words, the first for 0.
  public var counts: [String]
  /// Number words as adverbs, the first for 0.
  public var times: [String]
  public var phrases: [ActionPhrase.Key: ActionPhrase]
}

/// The parts of a frame that have a name.
public enum ScenePlace: String, CaseIterable, Hashable, Sendable {
  case topLeft, topRight, bottomLeft, bottomRight, centre
}

/// How texts speak of an action. Templates may name `direction`, `first`, `second`, `times`.
public struct ActionPhrase: Hashable, Sendable {
  /// Actions that share their phrases.
  public enum Key: String, CaseIterable, Hashable, Sendable {
    case travel, turn, bounce, shake, grow, shrink, blink, still
  }

  /// As the answer to a question about the motion.
  public var answer: TextTemplate
  /// As the predicate of a caption.
  public var does: TextTemplate
  /// As the predicate that a question identifies an object by; ends in the word of the action.
  public var plain: TextTemplate
}

extension SceneAction {
  var phrase: ActionPhrase.Key {
    switch self {
    case .travel: .travel
    case .turn: .turn
    case .bounce: .bounce
    case .shake: .shake
    case .grow: .grow
    case .shrink: .shrink
    case .blink: .blink
    case .still: .still
    }
  }
}

extension SceneWords {
  /// The phrase of an action with its blanks filled in.
  public func phrase(
    _ part: KeyPath<ActionPhrase, TextTemplate>, of action: SceneAction
  ) -> String {
    var values: [String: String] = ["times": times[action.count]]
    values["direction"] = action.first.flatMap { directions[$0] }
    values["first"] = action.first.flatMap { directions[$0] }
    values["second"] = action.second.flatMap { directions[$0] }
    return phrases[action.phrase]![keyPath: part].filled(values)
  }
}
