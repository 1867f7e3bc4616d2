import Diagnostics
import Reporting
import ScriptInterpreter
import Video

/// Frames of a clip side by side, with or without a map over each.
struct ClipStrip {
  let clip: Clip
  /// Which frames are shown.
  let frames: [Int]

  /// - Parameter count: how many frames, spread evenly from the first to the last
  init(_ clip: Clip, count: Int) {
    self.clip = clip
    frames = (0..<count).map { $0 * (clip.frames - 1) / max(count - 1, 1) }
  }

  func picture(_ place: Int) -> Frame {
    Frame(pixels: Array(clip.frame(frames[place])), height: clip.height, width: clip.width)
  }

  func title(_ place: Int) -> String {
    let frame = frames[place]
    return "\(NumberText.fixed(clip.times[frame], digits: 2)) s"
  }

  /// The frames under their times.
  var panels: [Panel] {
    frames.indices.map { Panel(.image(picture($0)), title: title($0)) }
  }

  /// The frames with a map over them.
  /// - Parameters:
  ///   - map: `[frames, height, width]`
  ///   - scale: pixels for each pixel of the frames
  func panels(under map: [Float], height: Int, width: Int, scale: Int) -> [Panel] {
    zip(frames.indices, HeatMap.frames(of: map, height: height, width: width)).map { place, map in
      Panel(.image(picture(place).overlaid(map, scale: scale)))
    }
  }

  /// The map alone, where nothing can lie over the frames.
  func maps(_ map: [Float], height: Int, width: Int) -> [Panel] {
    HeatMap.frames(of: map, height: height, width: width).map { Panel(.map($0)) }
  }
}

extension DatasetHandle {
  var fieldNames: [String] { ["name", "split", "count"] }

  func field(_ name: String) throws -> Value? {
    switch name {
    case "name": return .string(self.name)
    case "split": return .string(split)
    case "count": return .int(count)
    default: return nil
    }
  }
}

extension DatasetHandle: ViewableHandle, ArgumentChoices {
  static var parts: Set<String> { ["clip"] }

  /// The clip that a request means, the first by default.
  func clipIndex(_ request: ViewRequest) throws -> Int {
    let index = request.clip ?? 0
    guard index >= 0, index < count else {
      throw CommandError(
        "`clip` is \(index); valid: 0 to \(count - 1)",
        code: .invalidValue)
    }
    return index
  }

  func view(_ request: ViewRequest) throws -> View {
    let index = try clipIndex(request)
    let clip = try clips.clip(index)
    let text = try question(index)
    let size = "\(counted(clip.frames, "frame")) of \(clip.width) x \(clip.height)"
    return View([
      .text("\(description); clip \(index): \(size)"),
      .figure(Figure(rows: [ClipStrip(clip, count: min(5, clip.frames)).panels], width: .page)),
      .text(text.text),
    ])
  }

  func choices(for parameter: String, given clip: Int?) -> [String]? {
    parameter == "clip" ? (0..<min(count, 100)).map(String.init) : nil
  }
}
