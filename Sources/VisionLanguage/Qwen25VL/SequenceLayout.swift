import Video

extension Qwen25VL.Configuration {
  /// Finds the runs of image and video tokens and gives every token its rotary position.
  ///
  /// Text advances one by one in all three coordinates. The tokens of an image or video count
  /// rows and columns from where the text has come to; their time is the number of the step,
  /// times the seconds of a step, times `tokens_per_second`, rounded down. Padding that counts for
  /// nothing stands at position 0.
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
      let isHidden = input.visible.map { !$0[at] } ?? false
      if isHidden && !input.countsPadding {
        positions.append(RotaryPosition(repeating: 0))
        continue
      }
      let id = tokens[at]
      guard !isHidden, id == imageToken || id == videoToken else {
        guard id >= 0, id < text.vocabulary else {
          throw VisionLanguageError.token(id: id, at: at, vocabulary: text.vocabulary)
        }
        positions.append(RotaryPosition(repeating: next))
        next += 1
        continue
      }
      let isVideo = id == videoToken
      let kind = isVideo ? "video" : "image"
      let length = (at..<tokens.count).prefix {
        tokens[$0] == id && input.visible?[$0] ?? true
      }.count
      guard let item = isVideo ? videos.popFirst() : images.popFirst() else {
        throw VisionLanguageError.run(kind: kind, at: at, tokens: length, expected: 0)
      }
      let grid = item.grid.merged(by: vision.merge)
      guard length >= grid.count else {
        throw VisionLanguageError.run(kind: kind, at: at, tokens: length, expected: grid.count)
      }
      runs.append(.init(columns: at..<at + grid.count, grid: grid, isVideo: isVideo))
      let times = isVideo ? item.times ?? self.times(of: item) : Array(0..<grid.frames)
      for time in times {
        for row in 0..<grid.height {
          for column in 0..<grid.width {
            positions.append(RotaryPosition(next + time, next + row, next + column))
          }
        }
      }
      next += advance(grid, times: times)
    }
    return SequenceLayout(
      runs: runs, positions: positions, nextPosition: next, visible: input.visible,
      rowLength: input.rowLength)
  }

  /// Where the steps of a video stand in time, in single precision.
  private func times(of video: VisionInput) -> [Int] {
    let interval = Float(vision.tokensPerSecond) * video.secondsPerStep
    return (0..<video.grid.frames).map { Int(Float($0) * interval) }
  }

  /// How far the text moves on after an image or video.
  private func advance(_ grid: TokenGrid, times: [Int]) -> Int {
    let side = max(grid.height, grid.width)
    switch textPosition {
    case .spatial: return side
    case .largest: return max(side, (times.last ?? 0) + 1)
    }
  }

  private func checkCounts(_ input: PreparedInput) throws {
    guard !input.tokens.isEmpty else { throw VisionLanguageError.empty("the token sequence") }
    for (kind, id, items) in [
      ("image", imageToken, input.images), ("video", videoToken, input.videos),
    ] {
      let wanted = input.tokens.indices.count {
        input.tokens[$0] == id && input.visible?[$0] ?? true
      }
      let given = items.reduce(0) { $0 + $1.grid.merged(by: vision.merge).count }
      guard wanted == given else {
        throw VisionLanguageError.placeholders(kind: kind, tokens: wanted, features: given)
      }
    }
  }
}
