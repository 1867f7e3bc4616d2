import Testing
import Video

/// Expected indices were computed with NumPy 2.4 and PyTorch 2.15.
struct SamplingTests {
  @Test func uniformIsRoundedLinspace() {
    #expect(FrameSampling.uniform(8, of: 390) == [0, 56, 111, 167, 222, 278, 333, 389])
    // Positions 2.5 and 7.5 are ties, which go to the even neighbour.
    #expect(FrameSampling.uniform(5, of: 11) == [0, 2, 5, 8, 10])
    #expect(FrameSampling.uniform(6, of: 16) == [0, 3, 6, 9, 12, 15])
    #expect(FrameSampling.uniform(7, of: 3) == [0, 0, 1, 1, 1, 2, 2])
    #expect(
      FrameSampling.uniform(16, of: 17) == [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16])
    #expect(FrameSampling.uniform(1, of: 9) == [0])
    #expect(FrameSampling.uniform(0, of: 0) == [])
  }

  @Test func uniformCoversEveryVideo() {
    for total in 1...40 {
      for count in 1...50 {
        let indices = FrameSampling.uniform(count, of: total)
        #expect(indices.count == count)
        #expect(indices.first == 0 && (count == 1 || indices.last == total - 1))
        #expect(zip(indices, indices.dropFirst()).allSatisfy { $0 <= $1 })
      }
      #expect(FrameSampling.uniform(total, of: total) == Array(0..<total))
    }
  }

  @Test func centredSegments() {
    #expect(
      FrameSampling.centredSegments(8, of: 390) == [24, 73, 121, 170, 218, 267, 316, 364])
    #expect(
      FrameSampling.centredSegments(16, of: 100)
        == [3, 9, 15, 22, 28, 34, 40, 46, 53, 59, 65, 71, 77, 83, 90, 96])
    #expect(FrameSampling.centredSegments(8, of: 8) == [0, 1, 2, 3, 4, 4, 5, 6])
    #expect(
      FrameSampling.centredSegments(12, of: 5) == [0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4])
    #expect(FrameSampling.centredSegments(4, of: 1) == [0, 0, 0, 0])
    #expect(
      FrameSampling.centredSegments(8, of: 390, seconds: 2.5...9, framesPerSecond: 29.97)
        == [87, 111, 136, 160, 185, 209, 233, 258])
    #expect(
      FrameSampling.centredSegments(4, of: 30, seconds: 5...9, framesPerSecond: 10)
        .allSatisfy { 0..<30 ~= $0 })
  }

  @Test func constantRates() {
    #expect(FrameSampling.every(2, of: 100, rate: 25) == [0, 12, 25, 37, 50, 62, 75, 87])
    #expect(FrameSampling.every(4, of: 3, rate: 2) == [0, 0, 1, 1, 2, 2])
    #expect(FrameSampling.every(1, of: 20, rate: 25) == [])
  }

  /// `torch.arange(shift, total, total / count).int()` of PyTorch 2.15.
  @Test func stepping() {
    #expect(FrameSampling.stepping(4, of: 10) == [0, 2, 5, 7])
    #expect(FrameSampling.stepping(4, of: 10, shift: 1.25) == [1, 3, 6, 8])
    #expect(FrameSampling.stepping(7, of: 7) == [0, 1, 2, 3, 4, 5, 6])
    #expect(FrameSampling.stepping(1, of: 5, shift: 2.5) == [2])
    // The groups of eight show.
    let long = FrameSampling.stepping(768, of: 19_897, shift: 19_897.0 / 768 / 2)
    #expect(long.count == 768 && long[443] == 11_489 && long.last == 19_884)
  }

  @Test func causalLengths() {
    let lengths = (0...10).map { FrameSampling.causalLength(of: $0) }
    #expect(lengths == [0, 1, 1, 1, 1, 5, 5, 5, 5, 9, 9])
    #expect(FrameSampling.causalLength(of: 81) == 81)
    #expect(FrameSampling.causalLength(of: 16, group: 8) == 9)
  }

  @Test func clipSelection() {
    let clip = Clip(
      frames: 3, height: 1, width: 1, pixels: [1, 1, 1, 2, 2, 2, 3, 3, 3], times: [0, 0.5, 2])
    let selected = clip.selecting([2, 0, 0])
    #expect(selected.pixels == [3, 3, 3, 1, 1, 1, 1, 1, 1])
    #expect(selected.times == [2, 0, 0])
    #expect(clip.framesPerSecond == 1)
    #expect(clip.selecting([1]).framesPerSecond == nil)
  }
}

/// Expected counts and sizes were computed from the published rules in Python.
struct SamplingQwenTests {
  private let policy = QwenFramePolicy()

  @Test(arguments: [
    (300, 30.0, 20), (250, 25, 20), (7, 30, 4), (3, 25, 2), (2, 1, 2), (24000, 24, 768),
    (390, 29.97002997002997, 26), (13, 12.5, 4), (100_000, 25, 768), (101, 10, 20),
  ])
  func frameCounts(total: Int, rate: Double, count: Int) throws {
    let selection = try policy.select(total: total, rate: rate)
    #expect(selection.indices.count == count)
    #expect(selection.indices.first == 0)
    #expect(selection.indices.last == total - 1)
    #expect(selection.framesPerSecond == Double(count) / Double(total) * rate)
  }

  /// PyTorch's single precision shows in long videos; these positions differ from NumPy's.
  @Test func longVideosFollowPyTorch() throws {
    var expected = FrameSampling.uniform(500, of: 19932)
    #expect(expected[456] == 18213)
    expected[456] = 18214
    #expect(try policy.select(count: 500, total: 19932, rate: 25).indices == expected)
    #expect(try policy.select(count: 768, total: 20337, rate: 25).indices[694] == 18400)
    for total in [2, 9, 100, 1499] {
      #expect(
        try policy.select(count: 2, total: total, rate: 1).indices
          == FrameSampling.uniform(2, of: total))
    }
  }

  @Test func theLibrarysRules() throws {
    var policy = policy
    policy.rules = .library
    let selection = try policy.select(total: 100, rate: 30)
    #expect(selection.indices == [0, 16, 33, 50, 66, 83])
    #expect(selection.framesPerSecond == 6.0 / 100 * 30)
    // The number of frames bounds no size, and a side may vanish before it grows.
    let size = try policy.frameSize(height: 1080, width: 1920, frames: 768)
    #expect([size.height, size.width] == [560, 1008])
    let thin = try PixelBudget(
      minPixels: 3136, maxPixels: 1_003_520, factor: 28, rules: .library
    ).size(height: 13, width: 2000)
    #expect([thin.height, thin.width] == [28, 700])
  }

  @Test func requestedCountsBecomeEven() throws {
    #expect(try policy.select(count: 7, total: 100, rate: 10).indices.count == 8)
    #expect(try policy.select(count: 5, total: 100, rate: 10).indices.count == 4)
  }

  @Test func impossibleSelections() {
    #expect(throws: SamplingError.self) { try policy.select(total: 1, rate: 25) }
    #expect(throws: SamplingError.self) { try policy.select(total: 0, rate: 25) }
    #expect(throws: SamplingError.self) { try policy.select(total: 10, rate: 0) }
    #expect(throws: SamplingError.self) { try policy.select(count: 12, total: 10, rate: 1) }
  }

  @Test(arguments: [
    ([720, 1280, 20], [560, 1008]), ([270, 480, 26], [280, 476]),
    ([1080, 1920, 768], [336, 644]), ([1080, 1920, 400], [504, 896]),
    ([48, 48, 8], [336, 336]), ([720, 1280, 300], [560, 1008]),
  ])
  func frameSizes(video: [Int], expected: [Int]) throws {
    let size = try policy.frameSize(height: video[0], width: video[1], frames: video[2])
    #expect([size.height, size.width] == expected)
  }

  @Test(arguments: [
    ([480, 640], [476, 644]), ([42, 70], [56, 56]), ([10, 10], [56, 56]),
    ([1080, 1920], [1092, 1932]), ([8000, 9000], [3360, 3780]), ([14, 98], [28, 112]),
    ([2, 300], [28, 308]), ([28, 28], [56, 56]), ([5000, 25], [5012, 28]),
  ])
  func imageSizes(image: [Int], expected: [Int]) throws {
    let size = try PixelBudget.qwenImage.size(height: image[0], width: image[1])
    #expect([size.height, size.width] == expected)
  }

  @Test func sizesThatAreNoPicture() {
    #expect(throws: SamplingError.self) { try PixelBudget.qwenImage.size(height: 1, width: 201) }
    #expect(throws: Never.self) { try PixelBudget.qwenImage.size(height: 1, width: 200) }
    #expect(throws: SamplingError.self) { try PixelBudget.qwenImage.size(height: 0, width: 9) }
  }

  @Test func totalBudgetIsThePublishedNumber() {
    #expect(policy.totalPixels == 90_316_800)
  }
}
