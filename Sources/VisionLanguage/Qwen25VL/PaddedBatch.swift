import Tensors

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
      var images = images[...]
      var videos = videos[...]
      let rows = ids.indices.map { row in
        let places = PaddedSample.places(in: ids[row], mask: mask?[row])
        let tokens = places.map { ids[row][$0] }
        let merge = configuration.vision.merge
        func take(_ id: Int, _ items: inout ArraySlice<VisionInput>) -> [VisionInput] {
          var wanted = tokens.count { $0 == id }
          var taken: [VisionInput] = []
          while wanted > 0, let item = items.popFirst() {
            wanted -= item.grid.merged(by: merge).count
            taken.append(item)
          }
          return taken
        }
        let input = PreparedInput(
          tokens: tokens, images: take(configuration.imageToken, &images),
          videos: take(configuration.videoToken, &videos))
        return (input: input, places: places)
      }
      guard images.isEmpty && videos.isEmpty else {
        throw VisionLanguageError.placeholders(
          kind: images.isEmpty ? "video" : "image", tokens: 0,
          features: (images + videos).reduce(0) {
            $0 + $1.grid.merged(by: configuration.vision.merge).count
          })
      }
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
    _ patches: Tensor, grids: [PatchGrid], secondsPerStep: [Float]? = nil
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
