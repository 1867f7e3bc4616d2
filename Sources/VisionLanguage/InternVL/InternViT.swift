import Capture
import Layers
import Tensors
import Video

extension InternVL {
  /// InternViT, the pixel shuffle and the projector: tiles in, tokens of the decoder's width out.
  struct VisionTower: Sendable {
    let configuration: Configuration
    let classToken: Parameter
    let positions: Parameter?
    let patchWeight: Parameter
    let patchBias: Parameter
    let blocks: [VisionBlock]
    let finalNorm: LayerNorm?
    let projectorNorm: LayerNorm
    let projectorInner: Linear
    let projectorOutput: Linear
    private var vision: VisionConfiguration { configuration.vision }

    init(_ root: ParameterScope, _ configuration: Configuration, _ naming: Naming) throws {
      self.configuration = configuration
      let vision = configuration.vision
      let names = naming.parts
      let (scope, embeddings) = (root[naming.tower], root[naming.tower]["embeddings"])
      let initializer = Initializer.normal(deviation: vision.initializerRange)
      classToken = try embeddings.parameter(names.classToken, [1, 1, vision.width], .zeros)
      if vision.hasMaskToken {
        _ = try embeddings.parameter("mask_token", [1, 1, vision.width], .zeros)
      }
      positions =
        vision.hasPositions
        ? try embeddings.parameter(
          names.positions, [1, vision.positions + 1, vision.width], .zeros) : nil
      patchWeight = try embeddings[names.patches].parameter(
        "weight", [vision.width, vision.channels, vision.patchHeight, vision.patchWidth],
        initializer)
      patchBias = try embeddings[names.patches].parameter("bias", [vision.width], .zeros)
      blocks = try (0..<vision.layers).map {
        try VisionBlock(scope["encoder"][names.layer][$0], vision, names)
      }
      finalNorm =
        vision.hasFinalNorm
        ? try LayerNorm(scope["layernorm"], vision.width, epsilon: vision.normEpsilon) : nil
      let projector = naming.projector
      let merged = vision.width * configuration.shuffle * configuration.shuffle
      let width = configuration.text.width
      projectorNorm = try LayerNorm(root[projector.norm], merged, epsilon: 1e-5)
      projectorInner = try Linear(root[projector.inner], merged, width, initializer: initializer)
      projectorOutput = try Linear(root[projector.output], width, width, initializer: initializer)
    }

    /// - Returns: `[tokens, width]`, tile by tile, rows and columns in row-major order.
    func callAsFunction(_ input: VisionInput, probe: Probe) throws -> Tensor {
      let grid = input.grid
      let side = try configuration.tokenSide(grid)
      guard input.patches.shape == [grid.count, vision.patchValues] else {
        throw VisionLanguageError.shape(
          name: "the patches of a tile", expected: "[\(grid.count), \(vision.patchValues)]",
          found: input.patches.shape)
      }
      var x = try embeddings(input)
      try probe["embeddings"].record("output", x)
      let inside = probe["blocks"]
      for (index, block) in blocks.prefix(configuration.featureLayer ?? blocks.count).enumerated() {
        x = try block(x, probe: inside[index])
      }
      if configuration.featureLayer == nil, let finalNorm { x = finalNorm(x) }
      if configuration.dropsClassToken { x = x.slice(1, 1..<x.shape[1]) }
      let k = configuration.shuffle
      let order = configuration.isTransposed ? [0, 3, 1, 2, 4, 5] : [0, 1, 3, 2, 4, 5]
      let merged = x.reshaped([grid.frames, side, k, side, k, vision.width]).permuted(order)
        .reshaped([grid.frames * side * side, k * k * vision.width])
      let tokens = projectorOutput(
        configuration.projectorActivation(projectorInner(projectorNorm(merged))))
      try probe["merger"].record(
        "output", tokens.reshaped([grid.frames, side * side, tokens.shape[1]]))
      return tokens
    }

    /// The class token and the patches of each tile with their positions:
    /// `[tiles, 1 + patches, width]`.
    private func embeddings(_ input: VisionInput) throws -> Tensor {
      let (grid, width) = (input.grid, vision.width)
      let patches = input.patches.linear(
        patchWeight.tensor.reshaped([width, vision.patchValues]), patchBias.tensor
      ).reshaped([grid.frames, grid.height * grid.width, width])
      let first = classToken.tensor.reshaped([1, width])
        .rows([Int](repeating: 0, count: grid.frames)).reshaped([grid.frames, 1, width])
      let x = Tensor.concatenate([first, patches], axis: 1)
      guard let positions else { return x }
      let table = positions.tensor.reshaped([vision.positions + 1, width])
      return x + (try placed(table, grid))
    }

    /// The learned positions for a grid of patches, interpolated where its size is another:
    /// `[1 + patches, width]`.
    private func placed(_ table: Tensor, _ grid: TokenGrid) throws -> Tensor {
      let isSquare = grid.height * vision.patchHeight == grid.width * vision.patchWidth
      if grid.height * grid.width == vision.positions, isSquare {
        return table.rows(Array(0...vision.positions))
      }
      let side = squareRoot(vision.positions)
      guard side * side == vision.positions else {
        throw VisionLanguageError.grid(
          grid,
          reason:
            "the \(vision.positions) learned positions are not a square and cannot be interpolated")
      }
      let learned = table.rows(Array(1...vision.positions)).transposed(0, 1)
      let mixed = bicubicGrid(from: side, height: grid.height, width: grid.width).linear(learned)
      return Tensor.concatenate([table.rows([0]), mixed], axis: 0)
    }
  }
}

extension InternVL.Configuration {
  /// Side of the square of tokens that a tile becomes. Tiles need not be square themselves: the
  /// reference arranges their patches, in order, in a square.
  func tokenSide(_ grid: TokenGrid) throws -> Int {
    let count = grid.height * grid.width + (dropsClassToken ? 0 : 1)
    let side = squareRoot(count)
    guard grid.height > 0, grid.width > 0, grid.frames > 0 else {
      throw VisionLanguageError.grid(grid, reason: "it is empty")
    }
    guard side * side == count else {
      throw VisionLanguageError.grid(
        grid, reason: "\(count) tokens per tile do not form a square")
    }
    guard side % shuffle == 0 else {
      throw VisionLanguageError.grid(
        grid, reason: "\(side) x \(side) is not a multiple of \(shuffle)")
    }
    return side / shuffle
  }
}

/// The largest whole number whose square is at most `number`.
func squareRoot(_ number: Int) -> Int {
  var root = Int(Double(number).squareRoot())
  while root * root > number { root -= 1 }
  while (root + 1) * (root + 1) <= number { root += 1 }
  return root
}
