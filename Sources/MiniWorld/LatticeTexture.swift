import Tensors

/// Value noise: random levels on a lattice with smooth interpolation between them (K. Perlin,
/// "An image synthesizer", SIGGRAPH 1985). The lattice reaches as far beyond the frame as any
/// camera move looks.
enum LatticeTexture {
  /// Lattice points before the frame's left and upper edge.
  static func border(_ specification: SceneSpecification) -> Int {
    let frame = specification.frame
    let zoomed = Float(max(frame.width, frame.height)) * (specification.camera.zoom - 1) / 2
    let reach = max(zoomed, specification.camera.distance)
    return Int((reach / Float(specification.background.cell)).rounded(.up)) + 1
  }

  /// Lattice points along both axes.
  static func size(_ specification: SceneSpecification) -> (columns: Int, rows: Int) {
    let (frame, cell) = (specification.frame, specification.background.cell)
    let border = border(specification)
    return (
      (frame.width + cell - 1) / cell + 2 * border + 1,
      (frame.height + cell - 1) / cell + 2 * border + 1
    )
  }

  static func draw(_ specification: SceneSpecification, stream: RandomStream) -> Background {
    var stream = stream
    let style = specification.background
    let (columns, rows) = size(specification)
    let levels = (0..<rows * columns).map { _ in
      var level = SIMD4<Float>(repeating: stream.uniform(in: style.grey))
      for channel in 0..<3 { level[channel] += stream.uniform(in: -style.tint...style.tint) }
      return level
    }
    return Background(columns: columns, rows: rows, levels: levels)
  }

  /// Lattice interval and smooth weight of its far end, for each pixel centre along an axis.
  static func weights(
    count: Int, border: Int, cell: Int, scenePosition: (Int) -> Float
  ) -> [(index: Int, weight: Float)] {
    (0..<count).map { pixel in
      let position = scenePosition(pixel) / Float(cell) + Float(border)
      let index = position.rounded(.down)
      let t = position - index
      return (Int(index), t * t * (3 - 2 * t))
    }
  }
}
