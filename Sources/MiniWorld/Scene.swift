public import Tensors

/// The outlines that an object can have.
public enum SceneShape: String, CaseIterable, Hashable, Sendable {
  case circle, square, triangle, cross
}

/// One object of a scene. Positions are `(x, y)` in pixels of the first frame, y downwards.
public struct SceneObject: Hashable, Sendable {
  /// Index into the colours of the specification; no two objects of a scene share one.
  public var colour: Int
  public var shape: SceneShape
  public var action: SceneAction
  /// Centre at the first frame.
  public var start: SIMD2<Float>
  /// Width of the sprite at the first frame.
  public var width: Float
  /// How far the action reaches, in pixels: the lengths of its first and second part; for
  /// repetitions the amplitude, for resizing the factor between last and first width.
  public var reach: SIMD2<Float>
  /// Whether this is the large subject that fills the frame.
  public var fillsFrame: Bool

  public init(
    colour: Int, shape: SceneShape, action: SceneAction, start: SIMD2<Float>, width: Float,
    reach: SIMD2<Float>, fillsFrame: Bool = false
  ) {
    self.colour = colour
    self.shape = shape
    self.action = action
    self.start = start
    self.width = width
    self.reach = reach
    self.fillsFrame = fillsFrame
  }
}

/// What the camera does. The scene moves the other way: a camera that goes left shows the
/// scene going right.
public enum CameraMove: String, CaseIterable, Hashable, Sendable {
  case left, right, up, down
  case zoomIn = "in"
  case zoomOut = "out"
  case still

  /// The direction of a pan.
  public var direction: Direction? { Direction(rawValue: rawValue) }
}

/// Small squares that drift over the background and belong to no object.
public struct Specks: Hashable, Sendable {
  public var direction: Direction
  /// Centres at the first frame.
  public var starts: [SIMD2<Float>]

  public init(direction: Direction, starts: [SIMD2<Float>]) {
    self.direction = direction
    self.starts = starts
  }
}

/// Random levels on a lattice, from which the background texture is interpolated.
public struct Background: Hashable, Sendable {
  /// Lattice points along each axis.
  public var columns: Int
  public var rows: Int
  /// Red, green and blue levels at the lattice points: `[rows, columns]`.
  public var levels: [SIMD4<Float>]
}

/// Everything that decides the pixels and the texts of one clip.
public struct Scene: Hashable, Sendable {
  public var split: String
  public var index: Int
  /// The stream that all of the scene, and the wording of its questions, is drawn from.
  public var key: StreamKey
  /// In drawing order: later objects cover earlier ones.
  public var objects: [SceneObject]
  public var camera: CameraMove
  public var specks: Specks?
  public var background: Background
}
