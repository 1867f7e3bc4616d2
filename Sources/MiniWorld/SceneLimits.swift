import JSON

/// Limits on the size of a world. A bundle may bring an untrusted world whose numbers decide the
/// size of every clip, map and text: within these limits none of them overflows, exhausts memory
/// or draws for hours.
public enum SceneLimits {
  /// Pixels along an axis.
  static let side = 1...4096
  static let frames = 1...4096
  /// Pixels of all frames of a clip.
  static let clipPixels = 1 << 25
  /// Frames per second.
  static let rate = 0.001...1000.0
  /// Lengths, shares and weights.
  static let number: Float = 1e6
  static let zoom: Float = 16
  static let specks = 0...10_000
  static let candidates = 1...10_000
  static let repetitions = 100
  static let colours = 64
  static let clips = 1...10_000_000
  /// Points of the background's lattice.
  static let latticePoints = 1 << 22
  /// Steps of placing the objects of a clip once.
  static let placingSteps = 2_000_000
  /// Bytes of a name, a word or a sentence.
  static let textBytes = 400
  /// Bytes of a word, that is between spaces, and of all words together.
  public static let wordBytes = 64
  public static let vocabularyBytes = 1 << 16
  /// Elements of any other list.
  static let listed = 1000
}

/// Numbers and texts of a world, each within its bounds.
extension JSONNode {
  private func require<T: Comparable>(_ value: T, in range: ClosedRange<T>) throws -> T {
    guard range.contains(value) else {
      throw SceneError.invalid(
        path: path, problem: "\(value) is out of range",
        remedy: "valid: \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  private func child(_ key: String) throws -> JSONNode { try require(key) }

  func asInt(in range: ClosedRange<Int>) throws -> Int { try require(asInt(), in: range) }

  func int(_ key: String, in range: ClosedRange<Int>) throws -> Int {
    try child(key).asInt(in: range)
  }

  func double(_ key: String, in range: ClosedRange<Double>) throws -> Double {
    let node = try child(key)
    return try node.require(node.asDouble(), in: range)
  }

  func asFloat() throws -> Float {
    try require(Float(asDouble()), in: -SceneLimits.number...SceneLimits.number)
  }

  func float(_ key: String) throws -> Float { try child(key).asFloat() }

  /// `[low, high]`
  func floatRange(_ key: String) throws -> ClosedRange<Float> {
    try range(key, list(key, most: 2).map { try $0.asFloat() })
  }

  /// `[low, high]`
  func intRange(_ key: String, in bounds: ClosedRange<Int>) throws -> ClosedRange<Int> {
    try range(key, list(key, most: 2).map { try $0.asInt(in: bounds) })
  }

  func list(_ key: String, most: Int = SceneLimits.listed) throws -> [JSONNode] {
    let nodes = try array(key)
    guard nodes.count <= most else {
      throw SceneError.invalid(
        path: "\(path).\(key)", problem: "too many elements (\(nodes.count))",
        remedy: "use at most \(most)")
    }
    return nodes
  }

  func asText() throws -> String {
    let text = try asString()
    guard text.utf8.count <= SceneLimits.textBytes else {
      throw SceneError.invalid(
        path: path, problem: "the text is too long (\(text.utf8.count) bytes)",
        remedy: "use at most \(SceneLimits.textBytes) bytes")
    }
    return text
  }

  func text(_ key: String) throws -> String { try child(key).asText() }

  func texts(_ key: String) throws -> [String] { try list(key).map { try $0.asText() } }
}

extension SceneSpecification {
  /// Lengths that may not be negative, and factors that make lengths of them.
  func validateLengths(_ require: Check) throws(SceneError) {
    let lengths: [(String, Float)] = [
      ("objects.margin", objects.margin), ("motions.travel", motions.travel.lowerBound),
      ("motions.turn", motions.turn.lowerBound), ("camera.distance", camera.distance),
      ("motions.repeat.amplitude", motions.amplitude.lowerBound),
      ("places.centre", places.centre), ("places.clearance", places.clearance),
    ]
    for (path, length) in lengths {
      try require(length >= 0, path, "\(length) is negative", "use at least 0")
    }
    try require(
      specks.width > 0, "specks.width", "\(specks.width) is not positive", "use a positive number")
    for (path, factor) in [
      ("camera.zoom", camera.zoom), ("motions.resize.factor", motions.resizeFactor),
    ] {
      try require(
        factor <= SceneLimits.zoom, path, "\(factor) is too large", "use at most 16")
    }
    let side = Float(max(frame.width, frame.height))
    for (path, width) in [
      ("objects.width", objects.width.upperBound),
      ("objects.fullFrameWidth", objects.fullFrameWidth.upperBound),
      ("specks.width", specks.width),
    ] {
      try require(
        width <= 4 * side, path, "\(width) is far larger than the frame", "use at most \(4 * side)")
    }
  }

  /// Memory and time that a clip takes.
  func validateWork(_ require: Check) throws(SceneError) {
    let pixels = frame.width * frame.height * frame.frames
    try require(
      pixels <= SceneLimits.clipPixels, "frame",
      "clips of \(frame.frames) frames of \(frame.width)x\(frame.height) have \(pixels) pixels",
      "use at most \(SceneLimits.clipPixels)")
    let lattice = LatticeTexture.size(self)
    try require(
      lattice.columns * lattice.rows <= SceneLimits.latticePoints, "background.cell",
      "the texture has too many points: \(lattice.columns)x\(lattice.rows)",
      "use larger cells, a smaller frame or less zoom")
    let most = splits.map { $0.movers.upperBound + $0.statics.upperBound }.max() ?? 0
    let steps = most * most * objects.candidates * frame.frames
    try require(
      steps <= SceneLimits.placingSteps, "objects.candidates",
      "placing \(most) objects at \(objects.candidates) candidates over \(frame.frames) "
        + "frames takes \(steps) steps",
      "use at most \(SceneLimits.placingSteps) steps")
    let vocabulary = self.vocabulary
    let longest = vocabulary.map(\.utf8.count).max() ?? 0
    try require(
      longest <= SceneLimits.wordBytes, "words", "a word has \(longest) bytes",
      "use words of at most \(SceneLimits.wordBytes) bytes")
    let bytes = vocabulary.reduce(0) { $0 + $1.utf8.count }
    try require(
      bytes <= SceneLimits.vocabularyBytes, "words", "the words have \(bytes) bytes in total",
      "use at most \(SceneLimits.vocabularyBytes) bytes")
    let drawn = Double(specks.count.upperBound * frame.frames) * Double(specks.width * specks.width)
    try require(
      drawn <= 1e9, "specks", "drawing them takes \(drawn) pixels", "use fewer or smaller ones")
  }
}
