import Checkpoints
import JSON
import Layers

/// The rotary section of a decoder's configuration: `rope_scaling` with `rope_theta` beside it, or
/// `rope_parameters`, which holds both today.
struct RotarySettings {
  let theta: Double
  let scaling: RotaryScaling
  /// The section, for what only some models have there; nil where it is absent.
  let section: JSONNode?
  /// The section's key.
  let key: String

  /// - Parameters:
  ///   - reader: of the decoder's section of the configuration
  ///   - defaultTheta: the base where none is given
  ///   - plainTypes: types that scale nothing
  ///   - scales: whether the other types are built, too
  init(
    _ reader: ConfigurationReader, headDim: Int, defaultTheta: Double,
    plainTypes: [String] = ["default"], scales: Bool = true
  ) throws {
    let json = reader.json
    let keys = try ["rope_scaling", "rope_parameters"].filter {
      try json.find($0)?.keys().isEmpty == false
    }
    key = keys.first ?? "rope_parameters"
    section = try json.find(key)
    let base =
      try section?.find("rope_theta")?.asDouble()
      ?? json.double("rope_theta", default: defaultTheta)
    theta = base
    guard base > 0 else { throw reader.error("\(key).rope_theta", "\(base) is not positive") }
    guard Float(base).isFinite else {
      throw reader.error("\(key).rope_theta", "\(base) is not a finite float32")
    }
    guard let section else {
      scaling = .none
      return
    }
    let type = try section.string(
      "rope_type", default: section.string("type", default: "default"))
    if plainTypes.contains(type) {
      scaling = .none
      return
    }
    let partial = "partial_rotary_factor"
    if let share = try (section.find(partial) ?? json.find(partial))?.asDouble(), share != 1 {
      throw reader.error("\(key).\(partial)", "\(share); only 1 is supported")
    }
    let scalingReader = ScalingReader(
      section: section, key: key, headDim: headDim, theta: base, reader: reader)
    guard scales, let scaling = try RotaryScaling(type, scalingReader) else {
      let known = plainTypes + (scales ? RotaryScaling.types : [])
      throw scalingReader.error(
        "rope_type", "'\(type)' is not supported; known: \(known.joined(separator: ", "))")
    }
    self.scaling = scaling
  }
}

/// Reads what one type of scaling needs and checks it.
struct ScalingReader {
  let section: JSONNode
  let key: String
  let headDim: Int
  let theta: Double
  /// Of the whole decoder.
  let reader: ConfigurationReader

  func error(_ name: String, _ reason: String) -> ConfigurationError {
    reader.error("\(key).\(name)", reason)
  }

  func positive(_ name: String) throws -> Double {
    let number = try section.double(name)
    guard number > 0, Float(number).isFinite else {
      throw error(name, "\(number) is not a positive number")
    }
    return number
  }

  /// A positive number; nil where the key is absent, null or 0.
  func positiveIfPresent(_ name: String) throws -> Double? {
    guard let number = try section.find(name)?.asDouble(), number != 0 else { return nil }
    return try positive(name)
  }

  func maximumLength() throws -> Int {
    try reader.size(
      "max_position_embeddings", default: 32_768,
      atMost: SizeLimit.sequence)
  }

  /// `original_max_position_embeddings` of the model, of the section, or the maximum.
  func originalLength() throws -> Int {
    let name = "original_max_position_embeddings"
    let most = SizeLimit.sequence
    if try reader.has(name) {
      return try reader.size(name, default: 1, atMost: most)
    }
    guard let length = try section.find(name)?.asInt() else { return try maximumLength() }
    return try reader.size(length, "\(key).\(name)", atMost: most)
  }

  /// What the model itself says cosines and sines are multiplied by.
  func attentionFactor() throws -> Double? {
    guard let factor = try section.find("attention_factor")?.asDouble() else { return nil }
    guard Float(factor).isFinite else {
      throw error("attention_factor", "\(factor) is not a finite float32")
    }
    return factor
  }

  /// One positive number for each pair of a head.
  func factors(_ name: String) throws -> [Double] {
    let numbers = try section.doubles(name)
    guard numbers.count == headDim / 2 else {
      throw error(
        name, "\(numbers.count) numbers; expected half of headDim, \(headDim / 2)")
    }
    if let wrong = numbers.first(where: { !($0 > 0) || !Float($0).isFinite }) {
      throw error(name, "\(wrong) is not a positive number")
    }
    return numbers
  }
}

extension RotaryScaling {
  fileprivate static let types = ["linear", "dynamic", "yarn", "llama3", "longrope"]

  /// Nil where there is no such type.
  fileprivate init?(_ type: String, _ reader: ScalingReader) throws {
    switch type {
    case "linear": self = .linear(factor: try reader.positive("factor"))
    case "dynamic":
      guard reader.headDim > 2 else {
        throw reader.error("rope_type", "'dynamic' needs a headDim above 2")
      }
      self = .dynamic(
        factor: try reader.positive("factor"), length: try reader.maximumLength())
    case "yarn": self = .yarn(try YarnScaling(reader))
    case "llama3": self = .llama3(try Llama3Scaling(reader))
    case "longrope": self = .longrope(try LongRopeScaling(reader))
    default: return nil
    }
  }
}

extension YarnScaling {
  fileprivate init(_ reader: ScalingReader) throws {
    let json = reader.section
    guard reader.theta != 1 else { throw reader.error("rope_theta", "1 rotates all pairs equally") }
    originalLength = try reader.originalLength()
    // Without a number under the key, the model's lengths say how much longer sequences are.
    let isComputed = try json.keys().contains("factor") && json.find("factor") == nil
    factor =
      try isComputed
      ? Double(reader.maximumLength()) / Double(originalLength) : reader.positive("factor")
    fastTurns = try reader.positiveIfPresent("beta_fast") ?? fastTurns
    slowTurns = try reader.positiveIfPresent("beta_slow") ?? slowTurns
    isTruncated = try json.bool("truncate", default: true)
    if let given = try reader.attentionFactor() {
      amplitude = given
    } else if let scale = try reader.positiveIfPresent("mscale"),
      let scaleOfAll = try reader.positiveIfPresent("mscale_all_dim")
    {
      amplitude =
        Self.amplitude(factor: factor, scale: scale)
        / Self.amplitude(factor: factor, scale: scaleOfAll)
    } else {
      amplitude = Self.amplitude(factor: factor)
    }
  }
}

extension Llama3Scaling {
  fileprivate init(_ reader: ScalingReader) throws {
    factor = try reader.positive("factor")
    originalLength = try reader.originalLength()
    lowFactor = try reader.positive("low_freq_factor")
    highFactor = try reader.positive("high_freq_factor")
    guard highFactor > lowFactor else {
      throw reader.error(
        "high_freq_factor", "\(highFactor) is not above low_freq_factor, \(lowFactor)")
    }
  }
}

extension LongRopeScaling {
  fileprivate init(_ reader: ScalingReader) throws {
    short = try reader.factors("short_factor")
    long = try reader.factors("long_factor")
    originalLength = try reader.originalLength()
    let factor =
      try reader.positiveIfPresent("factor")
      ?? Double(reader.maximumLength()) / Double(originalLength)
    if let given = try reader.attentionFactor() {
      amplitude = given
    } else {
      guard factor <= 1 || originalLength > 1 else {
        throw reader.error("original_max_position_embeddings", "must be above 1")
      }
      amplitude = Self.amplitude(factor: factor, originalLength: originalLength)
    }
  }
}
