import Capture
import Layers
import Tensors
import Video

extension Qwen25VL {
  /// The vision transformer: patches in, merged tokens of the decoder's width out. Attention stays
  /// inside a frame, or inside a window of it.
  struct VisionTower: Sendable {
    let configuration: VisionConfiguration
    let patchEmbedding: Parameter
    let blocks: [VisionBlock]
    let mergerNorm: RMSNorm
    let mergerInner: Linear
    let mergerOutput: Linear

    init(_ scope: ParameterScope, _ configuration: VisionConfiguration) throws {
      self.configuration = configuration
      let initializer = Initializer.normal(deviation: configuration.initializerRange)
      patchEmbedding = try scope["patch_embed"]["proj"].parameter(
        "weight",
        [
          configuration.width, configuration.channels, configuration.temporalPatch,
          configuration.patch, configuration.patch,
        ], initializer)
      blocks = try (0..<configuration.layers).map {
        try VisionBlock(
          scope["blocks"][$0], configuration,
          isWindowed: !configuration.fullAttentionLayers.contains($0))
      }
      let merger = scope["merger"]
      let merged = configuration.width * configuration.merge * configuration.merge
      mergerNorm = try RMSNorm(merger["ln_q"], configuration.width, epsilon: 1e-6)
      mergerInner = try Linear(merger["mlp"][0], merged, merged, initializer: initializer)
      mergerOutput = try Linear(
        merger["mlp"][2], merged, configuration.outputWidth, initializer: initializer)
    }

    /// - Returns: `[merged tokens, outputWidth]`, frames, rows and columns in row-major order.
    func callAsFunction(_ input: VisionInput, probe: Probe) throws -> Tensor {
      try check(input)
      let unit = configuration.merge * configuration.merge
      let order = WindowOrder(
        input.grid.merged(by: configuration.merge), side: configuration.windowCells)
      let isReordered = !order.isIdentity
      let patchOrder = order.patches(unit: unit)
      let patches = isReordered ? input.patches.rows(patchOrder) : input.patches
      let turns = rotaryTables(input.grid, order: patchOrder)
      let frames = [
        Segment(length: input.grid.height * input.grid.width, count: input.grid.frames)
      ]
      let windows = Segment.joining(order.windows.map { $0 * unit })
      var x = patches.linear(
        patchEmbedding.tensor.reshaped([configuration.width, configuration.patchValues]))
      try probe["embeddings"].record("output", x.reshaped([1] + x.shape))
      let inside = probe["blocks"]
      for (index, block) in blocks.enumerated() {
        x = try block(
          x, segments: block.isWindowed ? windows : frames, turns: turns, probe: inside[index])
      }
      let merged = mergerNorm(x).reshaped([-1, configuration.width * unit])
      let inOrder = mergerOutput(mergerInner(merged).gelu())
      let tokens = isReordered ? inOrder.rows(order.inverse) : inOrder
      try probe["merger"].record("output", tokens.reshaped([1] + tokens.shape))
      return tokens
    }

    /// Half of a head turns with the row, half with the column; each `[patches, headDim]`.
    private func rotaryTables(
      _ grid: TokenGrid, order: [Int]
    ) -> (cosines: Tensor, sines: Tensor) {
      let frequencies = inverseFrequencies(
        theta: configuration.ropeTheta, width: configuration.headDim / 2)
      let rotary = MultimodalRotary(
        frequencies: frequencies + frequencies,
        coordinates: frequencies.map { _ in 1 } + frequencies.map { _ in 2 })
      let places = patchPlaces(grid, merge: configuration.merge)
      return rotary.tables(order.map { RotaryPosition(0, places[$0].row, places[$0].column) })
    }

    private func check(_ input: VisionInput) throws {
      let grid = input.grid
      guard grid.frames > 0, grid.height > 0, grid.width > 0 else {
        throw VisionLanguageError.grid(grid, reason: "it is empty")
      }
      let merge = configuration.merge
      guard grid.height % merge == 0, grid.width % merge == 0 else {
        throw VisionLanguageError.grid(
          grid, reason: "height and width must be multiples of the merge size, \(merge)")
      }
      guard input.patches.shape == [grid.count, configuration.patchValues] else {
        throw VisionLanguageError.shape(
          name: "the patches of an image or video",
          expected: "[\(grid.count), \(configuration.patchValues)]", found: input.patches.shape)
      }
    }
  }
}
