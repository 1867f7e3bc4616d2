/// Where an object is on the screen at one frame.
public struct ScenePose: Hashable, Sendable {
  /// Centre in pixels, `(x, y)` with y downwards; the frame spans `0...width`, `0...height`.
  public var centre: SIMD2<Float>
  public var width: Float
  /// 1, or less while a blinking object is nearly invisible.
  public var opacity: Float
}

/// Maps positions of the scene, as they are at the first frame, to the screen at any frame.
public struct CameraView: Hashable, Sendable {
  /// Fixed point of a zoom: the middle of the frame.
  public var middle: SIMD2<Float>
  public var scale: Float
  public var shift: SIMD2<Float>

  public func screen(_ point: SIMD2<Float>) -> SIMD2<Float> {
    middle + (point - middle) * scale + shift
  }

  public func scene(_ point: SIMD2<Float>) -> SIMD2<Float> {
    middle + (point - shift - middle) / scale
  }
}

/// How a scene moves. Uses only the four operations, so that every machine agrees on each bit.
public struct SceneGeometry: Sendable {
  public let scene: Scene
  public let specification: SceneSpecification

  public init(_ scene: Scene, _ specification: SceneSpecification) {
    self.scene = scene
    self.specification = specification
  }

  public var frames: Int { specification.frame.frames }

  /// Share of the clip that has passed at a frame, 0...1.
  static func time(_ frame: Int, of frames: Int) -> Float { Float(frame) / Float(frames - 1) }

  public func camera(frame: Int) -> CameraView {
    let style = specification.camera
    let time = Self.time(frame, of: frames)
    var view = CameraView(
      middle: SIMD2(Float(specification.frame.width), Float(specification.frame.height)) / 2,
      scale: 1, shift: .zero)
    switch scene.camera {
    case .zoomIn: view.scale = 1 + (style.zoom - 1) * time
    case .zoomOut: view.scale = 1 + (1 / style.zoom - 1) * time
    case .still: break
    case .left, .right, .up, .down:
      if let way = scene.camera.direction { view.shift = way.unit * (-style.distance * time) }
    }
    return view
  }

  public func pose(object: Int, frame: Int) -> ScenePose {
    let subject = scene.objects[object]
    let motion = Self.motion(of: subject, frame: frame, specification)
    let view = camera(frame: frame)
    return ScenePose(
      centre: view.screen(subject.start + motion.offset),
      width: subject.width * motion.scale * view.scale, opacity: motion.opacity)
  }

  /// Box of an object's whole outline, also where it is covered or outside the frame.
  public func box(object: Int, frame: Int) -> SceneBox {
    SceneBox(pose(object: object, frame: frame))
  }

  /// Centre of speck `index` at a frame. Specks that leave the frame come in again opposite.
  func speck(_ index: Int, frame: Int, of specks: Specks) -> SIMD2<Float> {
    let style = specification.specks
    let half = style.width / 2
    let size = SIMD2(Float(specification.frame.width), Float(specification.frame.height))
    let span = size + style.width
    var point = specks.starts[index] + specks.direction.unit * style.speed * Float(frame) + half
    point -= (point / span).rounded(.down) * span
    return point - half
  }

  /// Change of an object against its first frame, in the scene.
  static func motion(
    of object: SceneObject, frame: Int, _ specification: SceneSpecification
  ) -> (offset: SIMD2<Float>, scale: Float, opacity: Float) {
    let time = time(frame, of: specification.frame.frames)
    let motions = specification.motions
    var offset = SIMD2<Float>.zero
    var scale: Float = 1
    var opacity: Float = 1
    switch object.action {
    case .travel(let direction): offset = direction.unit * (object.reach.x * time)
    case .turn(let first, let second):
      offset = first.unit * (object.reach.x * min(2 * time, 1))
      offset += second.unit * (object.reach.y * max(2 * time - 1, 0))
    case .bounce(let count):
      offset = Direction.up.unit * (2 * object.reach.x * hop(time * Float(count)))
    case .shake(let count):
      offset = Direction.right.unit * (object.reach.x * swing(time * Float(count)))
    case .grow, .shrink: scale = 1 + (object.reach.x - 1) * time
    case .blink:
      if frame / motions.blinkHalfPeriod % 2 == 1 { opacity = motions.blinkOpacity }
    case .still: break
    }
    return (offset, scale, opacity)
  }

  /// Height of a bouncing ball after `cycles` bounces: parabolas between 0 and 1.
  static func hop(_ cycles: Float) -> Float {
    let phase = cycles - cycles.rounded(.down)
    return 4 * phase * (1 - phase)
  }

  /// A swing between -1 and 1, made of one parabola to each side: close to a sine.
  static func swing(_ cycles: Float) -> Float {
    let phase = cycles - cycles.rounded(.down)
    return phase < 0.5 ? hop(2 * phase) : -hop(2 * phase - 1)
  }
}

extension SceneGeometry {
  /// The named part of the frame where an object's centre is, and how far the centre is from
  /// the nearest other part.
  public func place(object: Int, frame: Int) -> (place: ScenePlace, clearance: Float) {
    let middle = camera(frame: frame).middle
    let from = pose(object: object, frame: frame).centre - middle
    let x = abs(from.x)
    let y = abs(from.y)
    let outside = max(x, y) - specification.places.centre
    if outside <= 0 { return (.centre, -outside) }
    let place: ScenePlace =
      from.y < 0
      ? (from.x < 0 ? .topLeft : .topRight) : (from.x < 0 ? .bottomLeft : .bottomRight)
    return (place, min(outside, min(x, y)))
  }
}

/// An axis-aligned box in pixels.
public struct SceneBox: Hashable, Sendable {
  public var minX: Float
  public var minY: Float
  public var maxX: Float
  public var maxY: Float

  init(_ pose: ScenePose) {
    let half = pose.width / 2
    minX = pose.centre.x - half
    minY = pose.centre.y - half
    maxX = pose.centre.x + half
    maxY = pose.centre.y + half
  }
}
