import Tensors

extension SceneGenerator {
  /// Gives every object a start from which it stays inside the frame during its whole action,
  /// and such that no two objects overlap at the first frame. A subject that fills the frame
  /// stands in the middle and is exempt from both.
  /// - Returns: whether there was room for all
  func place(_ scene: inout Scene, _ stream: inout RandomStream) -> Bool {
    for index in scene.objects.indices {
      if scene.objects[index].fillsFrame {
        scene.objects[index].start = centredStart(scene, index, &stream)
        continue
      }
      guard let range = startRange(scene, index) else { return false }
      var best: (start: SIMD2<Float>, distance: Float)?
      for _ in 0..<specification.objects.candidates {
        let start = SIMD2(stream.uniform(in: range.x), stream.uniform(in: range.y))
        let distance = clearance(scene, index, start)
        if distance >= specification.objects.gap && distance > best?.distance ?? 0 {
          best = (start, distance)
        }
      }
      guard let best else { return false }
      scene.objects[index].start = best.start
    }
    return true
  }

  /// The starts that keep object `index` inside the frame at every frame of the clip.
  private func startRange(
    _ scene: Scene, _ index: Int
  ) -> (x: ClosedRange<Float>, y: ClosedRange<Float>)? {
    let geometry = SceneGeometry(scene, specification)
    let margin = SIMD2<Float>(repeating: specification.objects.margin)
    let size = SIMD2(Float(specification.frame.width), Float(specification.frame.height))
    var low = SIMD2<Float>(repeating: -.infinity)
    var high = SIMD2<Float>(repeating: .infinity)
    for frame in 0..<geometry.frames {
      let object = scene.objects[index]
      let motion = SceneGeometry.motion(of: object, frame: frame, specification)
      let half = SIMD2<Float>(repeating: object.width * motion.scale / 2)
      let view = geometry.camera(frame: frame)
      low = pointwiseMax(low, view.scene(margin) + half - motion.offset)
      high = pointwiseMin(high, view.scene(size - margin) - half - motion.offset)
    }
    guard low.x <= high.x, low.y <= high.y else { return nil }
    return (low.x...high.x, low.y...high.y)
  }

  /// Free space between an object that starts at `start` and those placed before it.
  private func clearance(_ scene: Scene, _ index: Int, _ start: SIMD2<Float>) -> Float {
    var least = Float.infinity
    for other in scene.objects[..<index] where !other.fillsFrame {
      let distance = start - other.start
      let widths = (scene.objects[index].width + other.width) / 2
      least = min(least, max(abs(distance.x), abs(distance.y)) - widths)
    }
    return least
  }

  /// A start that puts the middle of the object's path near the middle of the frame.
  private func centredStart(
    _ scene: Scene, _ index: Int, _ stream: inout RandomStream
  ) -> SIMD2<Float> {
    var low = SIMD2<Float>.zero
    var high = SIMD2<Float>.zero
    for frame in 0..<specification.frame.frames {
      let object = scene.objects[index]
      let offset = SceneGeometry.motion(of: object, frame: frame, specification).offset
      low = pointwiseMin(low, offset)
      high = pointwiseMax(high, offset)
    }
    let wander = specification.objects.fullFrameWander
    let middle = SIMD2(Float(specification.frame.width), Float(specification.frame.height)) / 2
    let shift = SIMD2(stream.uniform(in: -wander...wander), stream.uniform(in: -wander...wander))
    return middle - (low + high) / 2 + shift
  }
}
