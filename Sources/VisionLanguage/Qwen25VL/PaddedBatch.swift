import Tensors
import Video

extension Qwen25VL {
  /// A padded batch, as the reference library takes it, in separate samples.
  public struct PaddedBatch: Sendable {
    public let samples: [PaddedSample]

    /// - Parameters:
    ///   - ids: token ids, a row for each sample
    ///   - mask: false for padding; everything is a token when nil
    ///   - labels: a row for each sample; none when nil
    ///   - images: of all samples, in order
    ///   - videos: of all samples, in order
    public init(
      _ configuration: Configuration, ids: [[Int]], mask: [[Bool]]? = nil, labels: [[Int]]? = nil,
      images: [VisionInput] = [], videos: [VisionInput] = []
    ) throws {
      try checkTokens(ids, vocabulary: configuration.text.vocabulary)
      var images = Placeholders(configuration, images, isVideo: false)
      var videos = Placeholders(configuration, videos, isVideo: true)
      try images.check(configuration.vision)
      try videos.check(configuration.vision)
      let isText = images.items.isEmpty && videos.items.isEmpty
      let rows = try ids.indices.map { row in
        let places = RowPlaces(count: ids[row].count, mask: mask?[row], labels: labels?[row])
        var input = PreparedInput(
          tokens: places.kept.map { ids[row][$0] },
          images: try images.take(row: row, ids[row], mask: mask?[row]),
          videos: try videos.take(row: row, ids[row], mask: mask?[row]), visible: places.visible)
        // Recent versions of the library count it where they see no picture and no video.
        input.countsPadding = isText && configuration.textPosition == .spatial
        return (input: input, places: places.kept)
      }
      try images.checkRest()
      try videos.checkRest()
      let length = try Self.positions(of: rows.map(\.input), padded: ids, configuration)
      samples = rows.enumerated().map { row, sample in
        var input = sample.input
        input.rowLength = length
        return PaddedSample(input, places: sample.places, labels: labels?[row])
      }
    }

    /// Positions of the longest row. Text alone counts its padding, as in the reference library.
    private static func positions(
      of inputs: [PreparedInput], padded ids: [[Int]], _ configuration: Configuration
    ) throws -> Int {
      guard inputs.contains(where: { !$0.images.isEmpty || !$0.videos.isEmpty }) else {
        return ids.first?.count ?? 0
      }
      return try inputs.map { input in
        try configuration.layout(of: input).positions.reduce(0) { max($0, $1.max() + 1) }
      }.max() ?? 0
    }
  }
}

extension VisionInput {
  /// Cuts the patches of several images or videos, `[patches, values of a patch]`, apart.
  public static func cutting(
    _ patches: Tensor, grids: [TokenGrid], secondsPerStep: [Float]? = nil
  ) throws -> [VisionInput] {
    let total = grids.reduce(0) { $0 + $1.count }
    guard patches.rank == 2, patches.shape[0] == total,
      secondsPerStep == nil || secondsPerStep!.count == grids.count
    else {
      throw VisionLanguageError.shape(
        name: "the patches of \(grids.count) grids", expected: "[\(total), ...]",
        found: patches.shape)
    }
    var start = 0
    return grids.enumerated().map { index, grid in
      defer { start += grid.count }
      return VisionInput(
        patches: patches.slice(0, start..<start + grid.count), grid: grid,
        secondsPerStep: secondsPerStep?[index] ?? 1)
    }
  }
}
