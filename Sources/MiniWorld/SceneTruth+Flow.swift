extension SceneTruth {
  /// What a pixel shows.
  public enum Surface: Hashable, Sendable {
    case background
    case speck(Int)
    case object(Int)
  }

  /// How far the surface seen at each pixel centre moves until the next frame.
  ///
  /// The surface is the topmost object that covers at least half of the pixel, else a speck,
  /// else the background. An object that is nearly invisible in a frame is not its surface.
  /// - Parameter frame: any frame but the last
  /// - Returns: `[height, width, 2]`, pixels along x and y
  public func flow(frame: Int) -> [Float] {
    precondition(
      frame >= 0 && frame + 1 < geometry.frames,
      "flow leads from frame 0...\(geometry.frames - 2) to the next, not from frame \(frame)")
    let size = specification.frame
    let now = geometry.camera(frame: frame)
    let next = geometry.camera(frame: frame + 1)
    let poses = scene.objects.indices.map { object in
      (geometry.pose(object: object, frame: frame), geometry.pose(object: object, frame: frame + 1))
    }
    let drift = (scene.specks?.direction.unit ?? .zero) * specification.specks.speed
    let surfaces = surfaces(frame: frame)
    var flow = [Float](repeating: 0, count: size.height * size.width * 2)
    for y in 0..<size.height {
      for x in 0..<size.width {
        let point = SIMD2(Float(x) + 0.5, Float(y) + 0.5)
        let step: SIMD2<Float>
        switch surfaces[y * size.width + x] {
        case .background: step = next.screen(now.scene(point)) - point
        case .speck: step = drift
        case .object(let object):
          let (from, to) = poses[object]
          step = to.centre + (point - from.centre) * (to.width / from.width) - point
        }
        flow[(y * size.width + x) * 2] = step.x
        flow[(y * size.width + x) * 2 + 1] = step.y
      }
    }
    return flow
  }

  /// What is seen at each pixel centre: `[height, width]`.
  public func surfaces(frame: Int) -> [Surface] {
    let size = specification.frame
    var surfaces = [Surface](repeating: .background, count: size.height * size.width)
    func cover(_ shape: SceneShape, _ pose: ScenePose, _ surface: Surface) {
      SpriteCoverage.forEach(shape, pose, width: size.width, height: size.height) {
        if $2 * pose.opacity >= 0.5 { surfaces[$1 * size.width + $0] = surface }
      }
    }
    if let specks = scene.specks {
      for index in specks.starts.indices {
        let centre = geometry.speck(index, frame: frame, of: specks)
        let pose = ScenePose(centre: centre, width: specification.specks.width, opacity: 1)
        cover(.square, pose, .speck(index))
      }
    }
    for (index, object) in scene.objects.enumerated() {
      cover(object.shape, geometry.pose(object: index, frame: frame), .object(index))
    }
    return surfaces
  }
}
