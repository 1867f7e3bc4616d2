/// A direction on the screen.
public enum Direction: String, CaseIterable, Hashable, Sendable {
  case left, right, up, down

  /// One pixel this way, `(x, y)` with y downwards.
  public var unit: SIMD2<Float> {
    switch self {
    case .left: SIMD2(-1, 0)
    case .right: SIMD2(1, 0)
    case .up: SIMD2(0, -1)
    case .down: SIMD2(0, 1)
    }
  }
}

/// The families that actions fall into.
public enum ActionKind: String, CaseIterable, Hashable, Sendable {
  case travel, turn, `repeat`, resize, blink, still
}

/// What an object does during a clip.
public enum SceneAction: Hashable, Sendable {
  /// Goes one way.
  case travel(Direction)
  /// Goes one way in the first half of the clip and another way in the second.
  case turn(Direction, Direction)
  /// Rises and falls this many times.
  case bounce(Int)
  /// Swings sideways this many times.
  case shake(Int)
  case grow
  case shrink
  case blink
  case still

  public var kind: ActionKind {
    switch self {
    case .travel: .travel
    case .turn: .turn
    case .bounce, .shake: .repeat
    case .grow, .shrink: .resize
    case .blink: .blink
    case .still: .still
    }
  }

  /// How often the action repeats itself; 0 for every other kind.
  public var count: Int {
    switch self {
    case .bounce(let count), .shake(let count): count
    default: 0
    }
  }

  /// The way the object goes first, for actions that are made of ways.
  public var first: Direction? {
    switch self {
    case .travel(let direction), .turn(let direction, _): direction
    default: nil
    }
  }

  /// The way the object goes second, for turns.
  public var second: Direction? {
    if case .turn(_, let direction) = self { return direction }
    return nil
  }

  /// In how many of first way, second way and count this action equals another of its kind.
  func sharedParts(_ other: SceneAction) -> Int {
    guard kind == other.kind else { return 0 }
    return (first != nil && first == other.first ? 1 : 0)
      + (second != nil && second == other.second ? 1 : 0)
      + (count > 0 && count == other.count ? 1 : 0)
  }

  /// All actions of a kind, in a fixed order.
  /// - Parameter counts: the numbers of repetitions that the world knows
  public static func all(_ kind: ActionKind, counts: [Int]) -> [SceneAction] {
    switch kind {
    case .travel: Direction.allCases.map { .travel($0) }
    case .turn:
      Direction.allCases.flatMap { first in
        Direction.allCases.filter { $0 != first }.map { .turn(first, $0) }
      }
    case .repeat: counts.map { .bounce($0) } + counts.map { .shake($0) }
    case .resize: [.grow, .shrink]
    case .blink: [.blink]
    case .still: [.still]
    }
  }
}

/// Actions have a written form, used in data files: `left`, `up then right`, `bounce 2`, `grow`.
extension SceneAction: CustomStringConvertible {
  public var description: String {
    switch self {
    case .travel(let direction): direction.rawValue
    case .turn(let first, let second): "\(first.rawValue) then \(second.rawValue)"
    case .bounce(let count): "bounce \(count)"
    case .shake(let count): "shake \(count)"
    case .grow: "grow"
    case .shrink: "shrink"
    case .blink: "blink"
    case .still: "still"
    }
  }

  /// Reads the written form of one of `actions`.
  public init?(_ text: String, among actions: [SceneAction]) {
    guard let action = actions.first(where: { $0.description == text }) else { return nil }
    self = action
  }
}
