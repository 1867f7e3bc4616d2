import Checkpoints
import JSON

extension NoiseSchedule {
  /// A `scheduler_config.json` of one of the schedulers with these noise levels, with the keys and
  /// defaults of its class in diffusers. CogVideoX's classes shift the levels and never clip; an
  /// absent class is `CogVideoXDDIMScheduler`.
  public init(_ json: JSONNode) throws {
    let name = try json.find("_class_name")?.asString() ?? "CogVideoXDDIMScheduler"
    let reader = ConfigurationReader(name, json, null: .refused)
    try reader.requireClass(Self.shifted + Self.plain)
    let isShifted = Self.shifted.contains(name)
    let trainSteps = try reader.size("num_train_timesteps", default: 1000)
    let first = try reader.double("beta_start", default: isShifted ? 0.00085 : 0.0001)
    let last = try reader.double("beta_end", default: isShifted ? 0.012 : 0.02)
    for (key, beta) in [("beta_start", first), ("beta_end", last)] where !(beta >= 0 && beta < 1) {
      throw reader.error(key, "\(beta); expected at least 0 and less than 1")
    }
    let curve = try Self.curve(reader, isShifted ? "scaled_linear" : "linear", trainSteps)
    if try reader.bool("thresholding", default: false) {
      throw reader.error("thresholding", "true; dynamic thresholding is not supported for latents")
    }
    self.init(
      trainSteps: trainSteps, betaStart: first, betaEnd: last, betas: curve,
      snrShift: try reader.positive("snr_shift_scale", default: isShifted ? 3 : 1),
      zeroTerminalSNR: try reader.bool("rescale_betas_zero_snr", default: false),
      spacing: try reader.choice("timestep_spacing", default: "leading", of: named()))
    prediction = try reader.choice("prediction_type", default: "epsilon", of: named())
    stepsOffset = try reader.int("steps_offset", default: 0)
    guard (-trainSteps...trainSteps).contains(stepsOffset) else {
      throw reader.error(
        "steps_offset", "\(stepsOffset) is out of range for \(trainSteps) timesteps")
    }
    startsClean = try reader.bool("set_alpha_to_one", default: true)
    let range = try reader.positive("clip_sample_range", default: 1)
    let clips = try reader.bool("clip_sample", default: true)
    clipRange = clips && !isShifted ? range : nil
    warnings = try reader.warnings(known: Self.keys)
  }

  private static let shifted = ["CogVideoXDDIMScheduler", "CogVideoXDPMScheduler"]
  private static let plain = ["DDIMScheduler", "DDIMInverseScheduler"]

  private static let keys: Set<String> = [
    "num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "trained_betas",
    "clip_sample", "set_alpha_to_one", "steps_offset", "prediction_type", "clip_sample_range",
    "sample_max_value", "timestep_spacing", "rescale_betas_zero_snr", "snr_shift_scale",
    "thresholding", "dynamic_thresholding_ratio",
  ]

  private static func curve(
    _ reader: ConfigurationReader, _ usual: String, _ count: Int
  ) throws -> BetaCurve {
    let named: [String: BetaCurve] = [
      "linear": .linear, "scaled_linear": .scaledLinear, "squaredcos_cap_v2": .squaredCosine,
    ]
    let curve = try reader.choice("beta_schedule", default: usual, of: named)
    guard let listed = try reader.optionalDoubles("trained_betas") else { return curve }
    guard listed.count == count, listed.allSatisfy({ $0 >= 0 && $0 < 1 }) else {
      throw reader.error(
        "trained_betas",
        "\(listed.count) numbers; expected \(count) (num_train_timesteps), each in [0, 1)"
      )
    }
    return .listed(listed)
  }
}

/// Choices of an enumeration by the names that configurations use.
private func named<T: CaseIterable & RawRepresentable<String>>() -> [String: T] {
  Dictionary(uniqueKeysWithValues: T.allCases.map { ($0.rawValue, $0) })
}
