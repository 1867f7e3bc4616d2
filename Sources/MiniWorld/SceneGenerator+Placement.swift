import Tensors

extension SceneGenerator {
  /// Gives every object a start from which it stays inside the frame during its whole action,
  /// and such that no two objects overlap at the first frame. Later they may cross, but of the
  /// places tried the one is taken where that is shortest. A subject that fills the frame stands
  /// in the middle and is exempt from both rules.
  /// - Returns: whether there was room for all
  func place(_ scene: inout Scene, _ stream: inout RandomStream) -> Bool {
    let courses = scene.objects.map { ObjectCourse($0, specification) }
    for index in scene.objects.indices {
      if scene.objects[index].fillsFrame {
        scene.objects[index].start = centredStart(courses[index], &stream)
        continue
      }
      guard let range = startRange(courses[index], of: scene) else { return false }
      var best: (start: SIMD2<Float>, clearance: ObjectCourse.Clearance)?
      for _ in 0..<specification.objects.candidates {
        let start = SIMD2(stream.uniform(in: range.x), stream.uniform(in: range.y))
        let clearance = (0..<index).filter { !scene.objects[$0].fillsFrame }
          .reduce(into: ObjectCourse.Clearance()) { clearance, other in
            let apart = scene.objects[other].start - start
            clearance.add(courses[index].clearance(from: courses[other], apart: apart))
          }
        guard clearance.atStart >= specification.objects.gap else { continue }
        if best == nil || best!.clearance < clearance { best = (start, clearance) }
      }
      guard let best else { return false }
      scene.objects[index].start = best.start
    }
    return true
  }

  /// The starts that keep an object inside the frame at every frame of the clip.
  private func startRange(
    _ course: ObjectCourse, of scene: Scene
  ) -> (x: ClosedRange<Float>, y: ClosedRange<Float>)? {
    let geometry = SceneGeometry(scene, specification)
    let margin = SIMD2<Float>(repeating: specification.objects.margin)
    let size = SIMD2(Float(specification.frame.width), Float(specification.frame.height))
    var low = SIMD2<Float>(repeating: -.infinity)
    var high = SIMD2<Float>(repeating: .infinity)
    for frame in 0..<geometry.frames {
      let half = course.widths[frame] / 2
      let view = geometry.camera(frame: frame)
      low = pointwiseMax(low, view.scene(margin) + half - course.offsets[frame])
      high = pointwiseMin(high, view.scene(size - margin) - half - course.offsets[frame])
    }
    guard low.x <= high.x, low.y <= high.y else { return nil }
    return (low.x...high.x, low.y...high.y)
  }

  /// A start that puts the middle of the object's path near the middle of the frame.
  private func centredStart(
    _ course: ObjectCourse, _ stream: inout RandomStream
  ) -> SIMD2<Float> {
    let low = course.offsets.reduce(.zero) { pointwiseMin($0, $1) }
    let high = course.offsets.reduce(.zero) { pointwiseMax($0, $1) }
    let wander = specification.objects.fullFrameWander
    let middle = SIMD2(Float(specification.frame.width), Float(specification.frame.height)) / 2
    let shift = SIMD2(stream.uniform(in: -wander...wander), stream.uniform(in: -wander...wander))
    return middle - (low + high) / 2 + shift
  }
}

/// The movement of one object in the scene, for every frame.
struct ObjectCourse {
  /// From the object's start.
  let offsets: [SIMD2<Float>]
  let widths: [Float]

  init(_ object: SceneObject, _ specification: SceneSpecification) {
    let motions = (0..<specification.frame.frames).map {
      SceneGeometry.motion(of: object, frame: $0, specification)
    }
    offsets = motions.map(\.offset)
    widths = motions.map { object.width * $0.scale }
  }

  /// How well an object keeps clear of others; more is better.
  struct Clearance: Comparable {
    /// Frames in which another object lies over half of this one, or this one over it.
    var crossings = 0
    /// Least free space at the first frame.
    var atStart = Float.infinity

    mutating func add(_ other: Clearance) {
      crossings += other.crossings
      atStart = min(atStart, other.atStart)
    }

    static func < (a: Clearance, b: Clearance) -> Bool {
      (-a.crossings, a.atStart) < (-b.crossings, b.atStart)
    }
  }

  /// - Parameter apart: where the other object starts, seen from the start of this one
  func clearance(from other: ObjectCourse, apart: SIMD2<Float>) -> Clearance {
    var clearance = Clearance()
    for frame in offsets.indices {
      let distance = apart + other.offsets[frame] - offsets[frame]
      let between = max(abs(distance.x), abs(distance.y))
      if frame == 0 { clearance.atStart = between - (widths[0] + other.widths[0]) / 2 }
      if between < max(widths[frame], other.widths[frame]) / 2 { clearance.crossings += 1 }
    }
    return clearance
  }
}
