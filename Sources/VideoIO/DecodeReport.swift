import CFFmpeg

/// A fraction as containers store rates and time bases.
public struct Rational: Sendable, Hashable, CustomStringConvertible {
  public let numerator: Int
  public let denominator: Int

  public init(_ numerator: Int, _ denominator: Int) {
    self.numerator = numerator
    self.denominator = denominator
  }

  init(_ value: AVRational) {
    self.init(Int(value.num), Int(value.den))
  }

  /// The quotient; not finite if the denominator is 0.
  public var value: Double { Double(numerator) / Double(denominator) }

  /// A file that does not know a rate stores 0/0 or 0/1.
  var known: Rational? { numerator > 0 && denominator > 0 ? self : nil }

  public var description: String { "\(numerator)/\(denominator)" }
}

/// How samples map to brightness, as the decoded frames declare it.
public enum ColourRange: String, Sendable, Hashable {
  /// Luma from 16 to 235, the usual form of video.
  case limited
  /// All 256 values, the usual form of photographs and of RGB.
  case full
  /// Not declared; taken for limited in YUV.
  case unspecified
}

/// What decoded frames look like, before they are turned upright.
public struct FrameFormat: Sendable, Hashable, CustomStringConvertible {
  public let height: Int
  public let width: Int
  /// Such as `yuv420p`.
  public let pixels: String

  public var description: String { "\(width)x\(height) \(pixels)" }
}

/// A frame that has another size or format than the frame before it.
public struct FormatChange: Sendable, Hashable {
  /// Position among the frames that decode, from 0.
  public let frame: Int
  public let old: FrameFormat
  public let new: FrameFormat
}

/// What a file promised and what decoding it gave.
public struct DecodeReport: Sendable, Hashable, CustomStringConvertible {
  public internal(set) var path: String
  /// Short name of the container format, such as `mov,mp4,m4a,3gp,3g2,mj2`.
  public internal(set) var container: String
  /// Name of the codec, such as `h264`.
  public internal(set) var codec: String
  /// Index of the stream among all streams of the file.
  public internal(set) var stream: Int
  /// Indices of all video streams of the file.
  public internal(set) var videoStreams: [Int]
  /// Format of the decoded samples, such as `yuv420p`; the name FFmpeg gives it.
  public internal(set) var pixelFormat = "unknown"
  /// Size of the first frame, turned upright, which is that of all frames read; 0 before.
  public internal(set) var height = 0
  public internal(set) var width = 0
  /// Number of frames that the header announces, where it announces one.
  public internal(set) var declaredFrames: Int?
  /// Compressed packets of the stream found in the file.
  public internal(set) var packets = 0
  /// Frames that came out of the decoder.
  public internal(set) var decodedFrames = 0
  /// Decoded frames that the decoder marked as corrupted: parts of them are guessed.
  public internal(set) var damagedFrames = 0
  /// Frames of another size than the first, scaled to the size of the first.
  public internal(set) var rescaledFrames = 0
  /// Number of frames whose size or format of samples is not that of the frame before.
  public internal(set) var formatChangeCount = 0
  /// The first of them.
  public internal(set) var formatChange: FormatChange?
  /// Frames without a usable time stamp, shown one frame duration after the frame before.
  public internal(set) var guessedTimes = 0
  /// Frames that, by their time stamps, are not shown after the frame before: signs of damage.
  public internal(set) var unorderedTimes = 0
  /// Number of errors FFmpeg reported.
  public internal(set) var errorCount = 0
  /// The first of these errors, each as `source: text`.
  public internal(set) var errors: [String] = []
  /// Clockwise quarter turns, in degrees, that were applied for display: 0, 90, 180 or 270.
  public internal(set) var rotation: Int
  /// Whether frames were mirrored left to right, before the rotation, for display.
  public internal(set) var mirrored: Bool
  /// Seconds for one tick of the stream's time stamps.
  public internal(set) var timeBase: Rational
  /// Mean rate that the container states. Do not rely on it: Matroska files state nonsense.
  public internal(set) var averageFrameRate: Rational?
  public internal(set) var colourRange = ColourRange.unspecified
  /// Whether the frames carry transparency, which reading to RGB drops without compositing.
  public internal(set) var hasAlpha = false

  /// Whether every packet became an intact frame and the header told the truth.
  public var isIntact: Bool {
    errorCount == 0 && damagedFrames == 0 && unorderedTimes == 0
      && (declaredFrames ?? decodedFrames) == decodedFrames
  }

  /// What a user should know before trusting the frames; nil if there is nothing.
  public var warning: String? {
    isIntact && formatChange == nil ? nil : "\(self)"
  }

  /// One line: how many frames of how many, and what was wrong.
  public var description: String {
    var parts = ["\(decodedFrames) of \(declaredFrames ?? packets) frames decoded (\(codec))"]
    if let declaredFrames, declaredFrames != packets {
      parts.append("the header declares \(declaredFrames) frames, the file contains \(packets)")
    }
    if damagedFrames > 0 { parts.append("\(damagedFrames) corrupted") }
    if let change = formatChange {
      let more = formatChangeCount > 1 ? " (first of \(formatChangeCount) changes)" : ""
      parts.append("frame \(change.frame) changes from \(change.old) to \(change.new)\(more)")
    }
    if rescaledFrames > 0 {
      parts.append("\(rescaledFrames) scaled to the first frame's size, \(width)x\(height)")
    }
    if guessedTimes > 0 { parts.append("\(guessedTimes) without timestamp") }
    if unorderedTimes > 0 { parts.append("\(unorderedTimes) timestamps out of order") }
    if let first = errors.first {
      parts.append("\(errorCount) error\(errorCount == 1 ? "" : "s"); first: \(first)")
    }
    return "\(path): " + parts.joined(separator: "; ")
  }
}
