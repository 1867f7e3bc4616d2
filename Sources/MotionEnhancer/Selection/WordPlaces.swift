import Evaluation
import MiniWorld
import Tensors

/// The words of a clip's text that speak of the object of its question.
public enum WordRole: String, CaseIterable, Sendable {
  case colour, shape, action, answer, all
}

/// The tokens of a prior that speak of one object, and where that object and the others are.
public struct WordPlaces: Sendable {
  private let tokens: [Int]
  private let areas: ObjectAreas

  /// Nil where the question names no object, no token speaks of it, or there is no other object.
  public init?(_ prior: MotionPrior, text: SceneText, truth: SceneTruth, words: WordRole) {
    guard let object = text.question?.objectIndex else { return nil }
    let spans = text.mentions.filter {
      $0.objectIndex == object && (words == .all || $0.role.rawValue == words.rawValue)
    }.map(\.span)
    tokens = prior.tokens.indices.filter { token in
      prior.tokens[token].isCandidate && spans.contains { $0.overlaps(prior.tokens[token].span) }
    }
    guard !tokens.isEmpty, let areas = ObjectAreas(of: text, truth, grid: prior.grid) else {
      return nil
    }
    self.areas = areas
  }

  /// - Parameter map: `[textTokens, visionTokens]`
  public func localisation(of map: Tensor) -> Localisation {
    areas.localisation(of: map.rows(tokens).mean(axes: [0]).values)
  }
}
