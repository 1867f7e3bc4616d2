import Video

extension InternVL.Configuration {
  /// Finds the placeholders of every tile and gives every token its position.
  ///
  /// Placeholders are filled in order and may stand anywhere; a tile whose placeholders are apart
  /// gives several runs. A text token moves the position on by 1, a vision token by one over
  /// ``positionUnit`` (V2PE, eq. 3); padding counts as what its id says.
  public func layout(of input: PreparedInput) throws -> SequenceLayout {
    let tokens = input.tokens
    guard !tokens.isEmpty else { throw VisionLanguageError.empty("the token sequence") }
    if let at = tokens.firstIndex(where: { $0 < 0 || $0 >= text.vocabulary }) {
      throw VisionLanguageError.token(id: tokens[at], at: at, vocabulary: text.vocabulary)
    }
    var positions: [RotaryPosition] = []
    positions.reserveCapacity(tokens.count)
    var place = 0
    for (at, token) in tokens.enumerated() {
      if at > 0 { place += token == imageToken ? 1 : positionUnit }
      positions.append(RotaryPosition(repeating: place))
    }
    return SequenceLayout(
      runs: try runs(of: input), positions: positions, nextPosition: place + positionUnit,
      unit: positionUnit, visible: input.visible, rowLength: input.rowLength)
  }

  private func runs(of input: PreparedInput) throws -> [SequenceLayout.VisionRun] {
    var tiles: [(grid: TokenGrid, isVideo: Bool)] = []
    for (items, isVideo) in [(input.images, false), (input.videos, true)] {
      for item in items {
        let side = try tokenSide(item.grid)
        let grid = TokenGrid(frames: 1, height: side, width: side)
        tiles += [(grid: TokenGrid, isVideo: Bool)](
          repeating: (grid, isVideo), count: item.grid.frames)
      }
    }
    let columns = input.tokens.indices.filter { input.tokens[$0] == imageToken }
    let features = tiles.reduce(0) { $0 + $1.grid.count }
    guard columns.count == features else {
      throw VisionLanguageError.placeholders(
        kind: "image", tokens: columns.count, features: features)
    }
    var next = 0
    return tiles.flatMap { tile -> [SequenceLayout.VisionRun] in
      defer { next += tile.grid.count }
      let own = columns[next..<next + tile.grid.count]
      return Self.consecutive(own).map { range in
        SequenceLayout.VisionRun(
          columns: range,
          grid: range.count == tile.grid.count
            ? tile.grid : TokenGrid(frames: 1, height: 1, width: range.count),
          isVideo: tile.isVideo)
      }
    }
  }

  /// Ascending numbers as runs without gaps.
  private static func consecutive(_ numbers: some Sequence<Int>) -> [Range<Int>] {
    numbers.reduce(into: []) { runs, number in
      if runs.last?.upperBound == number {
        runs[runs.count - 1] = runs[runs.count - 1].lowerBound..<number + 1
      } else {
        runs.append(number..<number + 1)
      }
    }
  }
}
