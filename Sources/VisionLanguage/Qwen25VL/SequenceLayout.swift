extension Qwen25VL.Configuration {
  /// Finds the runs of image and video tokens and gives every token its rotary position.
  ///
  /// Text advances one by one in all three coordinates. The tokens of an image or video count
  /// rows and columns from where the text has come to; their time is the number of the step,
  /// times the seconds of a step, times `tokens_per_second`, rounded down.
  public func layout(of input: PreparedInput) throws -> SequenceLayout {
    let tokens = input.tokens
    var images = input.images[...]
    var videos = input.videos[...]
    var runs: [SequenceLayout.VisionRun] = []
    var positions: [RotaryPosition] = []
    positions.reserveCapacity(tokens.count)
    var next = 0
    try checkCounts(input)
    while positions.count < tokens.count {
      let at = positions.count
      let id = tokens[at]
      guard id == imageToken || id == videoToken else {
        guard id >= 0, id < text.vocabulary else {
          throw VisionLanguageError.token(id: id, at: at, vocabulary: text.vocabulary)
        }
        positions.append(RotaryPosition(repeating: next))
        next += 1
        continue
      }
      let isVideo = id == videoToken
      let kind = isVideo ? "video" : "image"
      let length = tokens[at...].prefix { $0 == id }.count
      guard let item = isVideo ? videos.popFirst() : images.popFirst() else {
        throw VisionLanguageError.run(kind: kind, at: at, tokens: length, expected: 0)
      }
      let grid = item.grid.merged(by: vision.merge)
      guard length >= grid.count else {
        throw VisionLanguageError.run(kind: kind, at: at, tokens: length, expected: grid.count)
      }
      runs.append(.init(columns: at..<at + grid.count, grid: grid, isVideo: isVideo))
      let interval = isVideo ? Float(vision.tokensPerSecond) * item.secondsPerStep : 1
      for frame in 0..<grid.frames {
        let time = Int(Float(frame) * interval)
        for row in 0..<grid.height {
          for column in 0..<grid.width {
            positions.append(RotaryPosition(next + time, next + row, next + column))
          }
        }
      }
      next += advance(grid, interval: interval)
    }
    return SequenceLayout(
      runs: runs, positions: positions, nextPosition: next, rowLength: input.rowLength)
  }

  /// How far the text moves on after an image or video.
  private func advance(_ grid: PatchGrid, interval: Float) -> Int {
    let side = max(grid.height, grid.width)
    switch textPosition {
    case .spatial: return side
    case .largest: return max(side, Int(Float(grid.frames - 1) * interval) + 1)
    }
  }

  private func checkCounts(_ input: PreparedInput) throws {
    guard !input.tokens.isEmpty else { throw VisionLanguageError.empty("the sequence of tokens") }
    for (kind, id, items) in [
      ("image", imageToken, input.images), ("video", videoToken, input.videos),
    ] {
      let wanted = input.tokens.count { $0 == id }
      let given = items.reduce(0) { $0 + $1.grid.merged(by: vision.merge).count }
      guard wanted == given else {
        throw VisionLanguageError.placeholders(kind: kind, tokens: wanted, features: given)
      }
    }
  }
}
