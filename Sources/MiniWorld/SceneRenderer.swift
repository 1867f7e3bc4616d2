import Video

/// Paints scenes. The pixels are a function of the scene alone, on every machine: only the four
/// operations and square roots are used, each in a fixed order.
public struct SceneRenderer: Sendable {
  public let specification: SceneSpecification

  public init(_ specification: SceneSpecification) { self.specification = specification }

  /// The clip of a scene: `[frames, height, width, 3]`.
  public func render(_ scene: Scene) -> Clip {
    let frame = specification.frame
    let geometry = SceneGeometry(scene, specification)
    var canvas = [SIMD4<Float>](repeating: .zero, count: frame.height * frame.width)
    var pixels = [UInt8](repeating: 0, count: frame.frames * canvas.count * 3)
    for index in 0..<frame.frames {
      paintBackground(scene, geometry.camera(frame: index), &canvas)
      paintSpecks(scene, geometry, index, &canvas)
      for (position, object) in scene.objects.enumerated() {
        let pose = geometry.pose(object: position, frame: index)
        paint(object.shape, pose, specification.colours[object.colour].rgb, &canvas)
      }
      store(canvas, in: &pixels, at: index * canvas.count * 3)
    }
    return Clip(
      frames: frame.frames, height: frame.height, width: frame.width, pixels: pixels,
      framesPerSecond: frame.rate)
  }

  private func paintBackground(
    _ scene: Scene, _ view: CameraView, _ canvas: inout [SIMD4<Float>]
  ) {
    let frame = specification.frame
    let border = LatticeTexture.border(specification)
    let cell = specification.background.cell
    let across = LatticeTexture.weights(count: frame.width, border: border, cell: cell) {
      view.scene(SIMD2(Float($0) + 0.5, 0)).x
    }
    let down = LatticeTexture.weights(count: frame.height, border: border, cell: cell) {
      view.scene(SIMD2(0, Float($0) + 0.5)).y
    }
    let columns = scene.background.columns
    var row = [SIMD4<Float>](repeating: .zero, count: columns)
    for y in 0..<frame.height {
      let (lattice, weight) = down[y]
      for column in 0..<columns {
        let near = scene.background.levels[lattice * columns + column]
        let far = scene.background.levels[(lattice + 1) * columns + column]
        row[column] = near + (far - near) * weight
      }
      for x in 0..<frame.width {
        let near = row[across[x].index]
        let far = row[across[x].index + 1]
        canvas[y * frame.width + x] = near + (far - near) * across[x].weight
      }
    }
  }

  private func paintSpecks(
    _ scene: Scene, _ geometry: SceneGeometry, _ frame: Int, _ canvas: inout [SIMD4<Float>]
  ) {
    guard let specks = scene.specks else { return }
    let style = specification.specks
    for index in specks.starts.indices {
      let pose = ScenePose(
        centre: geometry.speck(index, frame: frame, of: specks), width: style.width, opacity: 1)
      paint(.square, pose, SIMD4(repeating: style.level), &canvas)
    }
  }

  private func paint(
    _ shape: SceneShape, _ pose: ScenePose, _ colour: SIMD4<Float>,
    _ canvas: inout [SIMD4<Float>]
  ) {
    let frame = specification.frame
    SpriteCoverage.forEach(shape, pose, width: frame.width, height: frame.height) {
      let pixel = $1 * frame.width + $0
      canvas[pixel] += (colour - canvas[pixel]) * ($2 * pose.opacity)
    }
  }

  /// Rounds to bytes; levels stay within 0...255 because colours and texture do.
  private func store(_ canvas: [SIMD4<Float>], in pixels: inout [UInt8], at begin: Int) {
    var place = begin
    for level in canvas {
      for channel in 0..<3 { pixels[place + channel] = UInt8(level[channel] + 0.5) }
      place += 3
    }
  }
}
