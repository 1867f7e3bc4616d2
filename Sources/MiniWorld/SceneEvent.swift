/// Something that happens during a stretch of a clip.
public struct SceneEvent: Hashable, Sendable {
  public enum What: Hashable, Sendable {
    /// An object goes one way; one event for each part of a turn.
    case goes(Direction)
    /// An object rises and falls once.
    case bounce
    /// An object swings to one side and the other once.
    case shake
    case grows
    case shrinks
    /// A blinking object is nearly invisible.
    case vanishes
    case camera(CameraMove)
    case specks(Direction)
  }

  public var what: What
  /// The object that does it; nil for the camera and the specks.
  public var objectIndex: Int?
  /// First and last frame, `0...frames - 1`; a part may end within a frame gap.
  public var frames: ClosedRange<Float>
}

extension SceneTruth {
  /// All that happens, object by object in drawing order, then the camera and the specks.
  public func events() -> [SceneEvent] {
    let last = Float(geometry.frames - 1)
    var events: [SceneEvent] = []
    for (index, object) in scene.objects.enumerated() {
      func add(_ what: SceneEvent.What, _ frames: ClosedRange<Float>) {
        events.append(SceneEvent(what: what, objectIndex: index, frames: frames))
      }
      switch object.action {
      case .travel(let direction): add(.goes(direction), 0...last)
      case .turn(let first, let second):
        add(.goes(first), 0...last / 2)
        add(.goes(second), last / 2...last)
      case .bounce(let count), .shake(let count):
        let period = last / Float(count)
        for cycle in 0..<count {
          add(
            object.action.phrase == .bounce ? .bounce : .shake,
            Float(cycle) * period...min(last, Float(cycle + 1) * period))
        }
      case .grow: add(.grows, 0...last)
      case .shrink: add(.shrinks, 0...last)
      case .blink:
        let half = specification.motions.blinkHalfPeriod
        for begin in stride(from: half, to: geometry.frames, by: 2 * half) {
          add(.vanishes, Float(begin)...min(last, Float(begin + half - 1)))
        }
      case .still: break
      }
    }
    if scene.camera != .still {
      events.append(SceneEvent(what: .camera(scene.camera), frames: 0...last))
    }
    if let specks = scene.specks {
      events.append(SceneEvent(what: .specks(specks.direction), frames: 0...last))
    }
    return events
  }
}
