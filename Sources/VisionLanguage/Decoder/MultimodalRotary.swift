import Tensors

/// The position of one token in time, height and width; text has three equal coordinates.
public typealias RotaryPosition = SIMD3<Int>

/// Rotary tables in which sections of a head turn with different coordinates of the position
/// (Wang et al., 2024, "Qwen2-VL", section 2.1).
public struct MultimodalRotary: Sendable {
  /// The angle per unit of position for each pair of a head in a sequence of so many tokens:
  /// `[headDim / 2]`.
  private let frequencies: @Sendable (_ tokens: Int) -> [Float]
  /// What cosines and sines are multiplied by.
  private let amplitude: Float
  /// The coordinate that each pair follows: `[headDim / 2]`.
  let coordinates: [Int]

  /// - Parameter sections: numbers of pairs that follow time, height and width in turn; they add
  ///   up to `headDim / 2`. None: all pairs follow the first coordinate.
  public init(
    headDim: Int, theta: Double, sections: [Int] = [], scaling: RotaryScaling = .none
  ) {
    coordinates =
      sections.isEmpty
      ? [Int](repeating: 0, count: headDim / 2)
      : sections.enumerated().flatMap { [Int](repeating: $0 % 3, count: $1) }
    frequencies = { scaling.frequencies(theta: theta, headDim: headDim, tokens: $0) }
    amplitude = Float(scaling.amplitude)
  }

  init(frequencies: [Float], coordinates: [Int]) {
    precondition(
      coordinates.count == frequencies.count,
      "rotary coordinates of \(coordinates.count) pairs for \(frequencies.count) frequencies")
    self.frequencies = { _ in frequencies }
    amplitude = 1
    self.coordinates = coordinates
  }

  /// - Parameters:
  ///   - unit: positions count in steps of one over this
  ///   - rowLength: positions of the longest row of the batch, which scaling follows where these
  ///     are fewer
  /// - Returns: cosines and sines, each `[tokens, headDim]`.
  public func tables(
    _ positions: [RotaryPosition], unit: Int = 1, rowLength: Int = 0
  ) -> (cosines: Tensor, sines: Tensor) {
    let half = coordinates.count
    let own = (positions.map { $0.max() }.max() ?? 0) / unit + 1
    let longest = max(own, rowLength)
    var turns = AngleTable(frequencies(longest), unit: unit)
    let shape = [positions.count, 2 * half]
    var (cosines, sines): ([Float], [Float]) = ([], [])
    cosines.reserveCapacity(shape.product)
    sines.reserveCapacity(shape.product)
    for position in positions {
      let rows = (turns[position.x], turns[position.y], turns[position.z])
      // The halves of a head are alike.
      for coordinate in [coordinates, coordinates].joined().enumerated() {
        let row = coordinate.element == 0 ? rows.0 : coordinate.element == 1 ? rows.1 : rows.2
        let turn = row[coordinate.offset % half]
        cosines.append(turn.cos * amplitude)
        sines.append(turn.sin * amplitude)
      }
    }
    return (Tensor(shape: shape, values: cosines), Tensor(shape: shape, values: sines))
  }
}

/// `theta^(-2i / width)` for `i` in `0..<width / 2`.
func inverseFrequencies(theta: Double, width: Int) -> [Float] {
  (0..<width / 2).map { Float(ScalarMath.power(theta, -Double(2 * $0) / Double(width))) }
}

/// Sines and cosines of `position * frequency`, computed once for every position that occurs.
/// The angle is rounded to single precision first, as the reference library does.
struct AngleTable {
  typealias Row = [(sin: Float, cos: Float)]
  private let frequencies: [Float]
  private let unit: Float
  private var rows: [Int: Row] = [:]

  init(_ frequencies: [Float], unit: Int = 1) {
    self.frequencies = frequencies
    self.unit = Float(unit)
  }

  subscript(position: Int) -> Row {
    mutating get {
      if let row = rows[position] { return row }
      let row = frequencies.map { frequency in
        let turn = ScalarMath.sinCos(Double(Float(position) / unit * frequency))
        return (sin: Float(turn.sin), cos: Float(turn.cos))
      }
      rows[position] = row
      return row
    }
  }
}
