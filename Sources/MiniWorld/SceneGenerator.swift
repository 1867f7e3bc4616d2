import Tensors

/// Draws scenes. Scene `i` of a split is a function of the seed, the split and `i` alone.
public struct SceneGenerator: Sendable {
  public let specification: SceneSpecification
  public let seed: Int
  public let split: SceneSpecification.Split

  /// How often a scene is drawn anew before its objects count as impossible to place.
  static let attempts = 100

  public init(
    _ specification: SceneSpecification, seed: Int, split: String
  ) throws(SceneError) {
    self.specification = specification
    self.seed = seed
    self.split = try specification.split(split)
  }

  public func scene(at index: Int) throws(SceneError) -> Scene {
    let key = StreamKey(seed: seed, command: "scene", label: split.stream, index: index)
    for attempt in 0..<Self.attempts {
      var stream = RandomStream(key.child("objects", attempt))
      var scene = Scene(
        split: split.name, index: index, key: key, objects: [], camera: .still, specks: nil,
        background: background(key))
      scene.camera = camera(key)
      scene.objects = objects(&stream)
      if place(&scene, &stream) {
        scene.specks = specks(key)
        return scene
      }
    }
    throw .cannotPlace(split: split.name, index: index, attempts: Self.attempts)
  }

  // MARK: - Objects

  private func objects(_ stream: inout RandomStream) -> [SceneObject] {
    let movers = stream.integer(in: split.movers)
    let statics = stream.integer(in: split.statics)
    let palette = stream.permutation(specification.colours.count).prefix(movers + statics)
    let actions = actions(forColours: Array(palette.prefix(movers)), &stream)
    var objects = palette.enumerated().map { position, colour in
      object(colour: colour, action: position < movers ? actions[position] : .still, &stream)
    }
    let large = stream.uniform() < split.fullFrameShare
    if large {
      objects[0].fillsFrame = true
      objects[0].width = stream.uniform(in: specification.objects.fullFrameWidth)
      // Its widths lie evenly about the drawn one, so that it fills the frame throughout.
      if objects[0].action.kind == .resize {
        objects[0].width /= objects[0].reach.x.squareRoot()
      }
    }
    // The large object stays first, that is behind the others.
    let order = stream.permutation(objects.count - (large ? 1 : 0)).map { $0 + (large ? 1 : 0) }
    return (large ? [objects[0]] : []) + order.map { objects[$0] }
  }

  /// One action for each mover, all different.
  private func actions(
    forColours colours: [Int], _ stream: inout RandomStream
  ) -> [SceneAction] {
    var taken: [SceneAction] = []
    var actions = colours.map { colour -> SceneAction? in
      guard stream.uniform() < split.bias else { return nil }
      let preferred = specification.colours[colour].preferred
      taken.append(preferred)
      return preferred
    }
    let theme = specification.themes[stream.weighted(specification.themes.map(\.weight))]
    for position in actions.indices where actions[position] == nil {
      let action = freshAction(theme, besides: taken, &stream)
      taken.append(action)
      actions[position] = action
    }
    return actions.map { $0! }
  }

  /// An action that is not taken yet. Among those of its kind, one that shares as few ways and
  /// counts as possible with the taken ones, so that the objects of a clip differ in each.
  private func freshAction(
    _ theme: SceneSpecification.Theme, besides taken: [SceneAction],
    _ stream: inout RandomStream
  ) -> SceneAction {
    let counts = specification.motions.counts
    let kinds = ActionKind.allCases.filter { $0 != .still }
    let choices = kinds.map { kind in
      SceneAction.all(kind, counts: counts).filter { !taken.contains($0) }
    }
    var weights = zip(kinds, choices).map { $1.isEmpty ? 0 : theme.kinds[$0] ?? 0 }
    // A theme that has run out of actions borrows from all other kinds.
    if weights.allSatisfy({ $0 == 0 }) { weights = choices.map { Float($0.count) } }
    let choice = choices[stream.weighted(weights)]
    let shared = choice.map { action in
      taken.reduce(0) { $0 + action.sharedParts($1) }
    }
    let least = shared.min()!
    return stream.pick(choice.indices.filter { shared[$0] == least }.map { choice[$0] })
  }

  private func object(
    colour: Int, action: SceneAction, _ stream: inout RandomStream
  ) -> SceneObject {
    let motions = specification.motions
    var reach = SIMD2<Float>.zero
    switch action {
    case .travel: reach.x = stream.uniform(in: motions.travel)
    case .turn:
      reach.x = stream.uniform(in: motions.turn)
      reach.y = stream.uniform(in: motions.turn)
    case .bounce, .shake: reach.x = stream.uniform(in: motions.amplitude)
    case .grow: reach.x = motions.resizeFactor
    case .shrink: reach.x = 1 / motions.resizeFactor
    case .blink, .still: break
    }
    return SceneObject(
      colour: colour, shape: stream.pick(SceneShape.allCases), action: action, start: .zero,
      width: stream.uniform(in: specification.objects.width), reach: reach, fillsFrame: false)
  }

  // MARK: - Surroundings

  private func camera(_ key: StreamKey) -> CameraMove {
    var stream = RandomStream(key.child("camera"))
    guard stream.uniform() < split.cameraShare else { return .still }
    return stream.pick(CameraMove.allCases.filter { $0 != .still })
  }

  private func specks(_ key: StreamKey) -> Specks? {
    var stream = RandomStream(key.child("specks"))
    guard stream.uniform() < split.specksShare else { return nil }
    let frame = specification.frame
    let count = stream.integer(in: specification.specks.count)
    return Specks(
      direction: stream.pick(Direction.allCases),
      starts: (0..<count).map { _ in
        SIMD2(stream.uniform() * Float(frame.width), stream.uniform() * Float(frame.height))
      })
  }

  private func background(_ key: StreamKey) -> Background {
    LatticeTexture.draw(specification, stream: RandomStream(key.child("background")))
  }
}

extension RandomStream {
  mutating func integer(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + integer(below: range.count)
  }

  /// An index, drawn in proportion to its weight.
  mutating func weighted(_ weights: [Float]) -> Int {
    var rest = uniform() * weights.reduce(0, +)
    for (index, weight) in weights.enumerated() where weight > 0 {
      rest -= weight
      if rest < 0 { return index }
    }
    return weights.lastIndex { $0 > 0 }!
  }
}
