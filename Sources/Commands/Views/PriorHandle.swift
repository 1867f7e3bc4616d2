import Diagnostics
import Experiments
import Foundation
import MotionEnhancer
import ScriptInterpreter
import Video

/// The motion prior of one clip: `priors[3]`.
struct PriorHandle: HandleValue {
  let priors: PriorsHandle
  let clip: Int

  let typeName = "prior"
  var description: String { "prior of clip \(clip) of \(priors.data.count) (\(priors.label))" }
  var contentHash: String { "\(priors.contentHash):\(clip)" }

  let fieldNames = ["clip", "words", "heads", "grid", "error"]

  func field(_ name: String) throws -> Value? {
    switch name {
    case "clip": return .int(clip)
    case "words": return .list(of: try prior().words.map { .string($0.text) })
    case "heads": return .int(try prior().heads)
    case "grid":
      let grid = try prior().grid
      return .record(of: [
        "frames": .int(grid.frames), "height": .int(grid.height), "width": .int(grid.width),
      ])
    case "error": return .float(try prior().reconstructionError)
    default: return nil
    }
  }

  func prior() throws -> MotionPrior { try priors.priors.get()[clip] }
}

extension PriorsHandle {
  /// `priors[3]` is the prior of clip 3.
  func element(_ index: Value) throws -> Value? {
    guard case .int(let number) = index else { return nil }
    let clip = number < 0 ? number + data.count : number
    guard clip >= 0, clip < data.count else {
      throw CommandError(
        "index \(number) is out of range for \(description)", code: .indexOutOfRange,
        suggestion: "valid: 0 to \(data.count - 1)")
    }
    return .handle(PriorHandle(priors: self, clip: clip))
  }
}

extension MotionPrior {
  /// The words of the sentence: tokens that may be selected, without the spaces around them.
  var words: [(token: Int, text: String)] {
    tokens.indices.filter { tokens[$0].isCandidate }.map { token in
      (token, tokens[token].text.trimmingCharacters(in: .whitespaces))
    }
  }
}
