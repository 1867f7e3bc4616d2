/// A world of synthetic clips: sizes, vocabularies, texts, questions and splits.
///
/// All of it is data (`data/scenes/world.json`); the code knows only what the shapes, actions
/// and camera moves are. Lengths are in pixels at zoom 1.
public struct SceneSpecification: Hashable, Sendable {
  public struct Frame: Hashable, Sendable {
    public var width: Int
    public var height: Int
    public var frames: Int
    /// Frames per second.
    public var rate: Double
  }

  public struct Colour: Hashable, Sendable {
    public var name: String
    /// Red, green and blue, 0...255; the fourth lane is unused.
    public var rgb: SIMD4<Float>
    /// What objects of this colour do in a biased split.
    public var preferred: SceneAction
  }

  public struct Objects: Hashable, Sendable {
    public var width: ClosedRange<Float>
    public var fullFrameWidth: ClosedRange<Float>
    /// How far from the middle of the frame the path of a large subject may be centred.
    public var fullFrameWander: Float
    /// Free space between an object and the border of the frame.
    public var margin: Float
    /// Free space between two objects at the first frame.
    public var gap: Float
    /// Places tried for an object, of which the one farthest from the others is taken.
    public var candidates: Int
  }

  public struct Motions: Hashable, Sendable {
    public var travel: ClosedRange<Float>
    public var turn: ClosedRange<Float>
    public var amplitude: ClosedRange<Float>
    public var counts: [Int]
    public var resizeFactor: Float
    /// Frames that a blinking object stays visible, and then nearly invisible.
    public var blinkHalfPeriod: Int
    public var blinkOpacity: Float
  }

  /// How often a clip draws its movers from each kind of action.
  public struct Theme: Hashable, Sendable {
    public var name: String
    public var weight: Float
    public var kinds: [ActionKind: Float]
  }

  public struct Camera: Hashable, Sendable {
    public var distance: Float
    /// Magnification at the last frame of a zoom in; a zoom out ends at its inverse.
    public var zoom: Float
  }

  public struct SpeckStyle: Hashable, Sendable {
    public var count: ClosedRange<Int>
    public var width: Float
    /// Pixels per frame.
    public var speed: Float
    public var level: Float
  }

  public struct Texture: Hashable, Sendable {
    /// Pixels between lattice points.
    public var cell: Int
    public var grey: ClosedRange<Float>
    /// Largest distance of a colour channel from the grey.
    public var tint: Float
  }

  /// Where a place begins and ends.
  public struct Places: Hashable, Sendable {
    /// Half the side of the square in the middle of the frame that is called the centre.
    public var centre: Float
    /// How far from a border between two places an object must end to be asked about.
    public var clearance: Float
  }

  public struct Split: Hashable, Sendable {
    public var name: String
    /// Label of the stream that its scenes are drawn from; no two splits share one.
    public var stream: String
    public var count: Int
    /// Probability that a mover takes the preferred action of its colour.
    public var bias: Float
    public var movers: ClosedRange<Int>
    public var statics: ClosedRange<Int>
    public var cameraShare: Float
    public var specksShare: Float
    public var fullFrameShare: Float
    /// Proportions of the kinds of training text.
    public var texts: [SceneTextKind: Float]
  }

  public var frame: Frame
  public var colours: [Colour]
  public var objects: Objects
  public var motions: Motions
  public var themes: [Theme]
  public var camera: Camera
  public var specks: SpeckStyle
  public var background: Texture
  public var places: Places
  public var words: SceneWords
  public var captions: CaptionTemplates
  public var questions: [QuestionTemplate]
  public var splits: [Split]

  public func split(_ name: String) throws(SceneError) -> Split {
    guard let split = splits.first(where: { $0.name == name }) else {
      throw .unknownSplit(name: name, known: splits.map(\.name))
    }
    return split
  }

  /// Every action that an object of this world can perform.
  public var actions: [SceneAction] {
    ActionKind.allCases.flatMap { SceneAction.all($0, counts: motions.counts) }
  }
}
