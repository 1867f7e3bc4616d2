import Files
public import JSON
public import Layers
import Tensors

/// LoRA adapters in the layout of the library PEFT: a folder with `adapter_config.json` and
/// `adapter_model.safetensors`, where each factor is called
/// `base_model.model.<layer>.lora_A.weight` or `.lora_B.weight`.
extension LoRA {
  private static let configurationFile = "adapter_config.json"
  private static let weightsFile = "adapter_model.safetensors"
  private static let prefix = "base_model.model."
  private static let (suffixA, suffixB) = (".lora_A.weight", ".lora_B.weight")

  /// Of a weight that the adapter brings along: PEFT stores the layer of the logits with it.
  private static let suffixBase = ".base_layer.weight"

  /// Reads an adapter and puts it on a model.
  public convenience init(directory: String, on store: ParameterStore) throws {
    let configuration = try LoRAConfiguration(
      JSONNode(contentsOfFile: "\(directory)/\(Self.configurationFile)"))
    let file = try SafetensorsFile("\(directory)/\(Self.weightsFile)")
    try self.init(configuration, on: store, factors: Self.factors(file))
    for layer in layers {
      let key = Self.prefix + layer.name + Self.suffixBase
      guard file.find(key) != nil else { continue }
      let weight = try file.tensor(key)
      guard weight.shape == layer.weight.shape else {
        detach()
        throw LoRAError.shape(
          layer: layer.name, factor: "base_layer.weight", expected: layer.weight.shape,
          found: weight.shape)
      }
      layer.weight.load(weight)
    }
  }

  /// The factors of every layer, in the order of their names.
  private static func factors(
    _ file: SafetensorsFile
  ) throws -> [(layer: String, a: Tensor, b: Tensor)] {
    var layers: [String: Set<String>] = [:]
    for name in file.names {
      guard name.hasPrefix(prefix),
        let suffix = [suffixA, suffixB, suffixBase].first(where: name.hasSuffix)
      else { throw LoRAError.unknownKey(name, file: file.path) }
      layers[String(name.dropFirst(prefix.count).dropLast(suffix.count)), default: []]
        .insert(suffix)
    }
    return try layers.keys.sorted().map { layer in
      for suffix in [suffixA, suffixB] where layers[layer]?.contains(suffix) == false {
        throw LoRAError.missingKey(prefix + layer + suffix, file: file.path)
      }
      return (
        layer, try file.tensor(prefix + layer + suffixA).widened(),
        try file.tensor(prefix + layer + suffixB).widened()
      )
    }
  }

  /// The name of a factor in `adapter_model.safetensors`.
  public static func key(of parameter: Parameter) -> String { prefix + parameter.name }

  /// Writes the adapter to an existing directory.
  public func write(to directory: String) throws {
    try SafetensorsWriter.write(
      parameters.map { .init(Self.key(of: $0), $0.data) }, metadata: ["format": "pt"],
      to: "\(directory)/\(Self.weightsFile)")
    try WholeFile.write(
      text: configuration.json.serialized(pretty: true) + "\n",
      to: "\(directory)/\(Self.configurationFile)", .counted)
  }
}

extension LoRAConfiguration {
  /// Keys that change no number of an adapter that is there.
  private static let harmless: Set<String> = [
    "alora_invocation_tokens", "arrow_config", "auto_mapping", "base_model_name_or_path",
    "corda_config", "ensure_weight_tying", "eva_config", "inference_mode", "init_lora_weights",
    "layers_pattern", "layers_to_transform", "loftq_config", "lora_dropout", "megatron_config",
    "megatron_core", "peft_version", "qalora_group_size", "revision", "runtime_config", "task_type",
  ]
  private static let read: Set<String> = [
    "alpha_pattern", "bias", "exclude_modules", "lora_alpha", "peft_type", "r", "rank_pattern",
    "target_modules", "use_rslora",
  ]

  /// Reads `adapter_config.json`. What would change numbers and is not built is an error.
  public init(_ json: JSONNode) throws {
    func fail(_ key: String, expected: String) throws -> JSONError {
      .mismatch(
        path: "\(json.path) \(key)", expected: expected,
        found: try JSONValue.array([json.require(key).value]).serialized())
    }
    guard try json.string("peft_type") == "LORA" else {
      throw try fail("peft_type", expected: "\"LORA\"")
    }
    guard try json.string("bias", default: "none") == "none" else {
      throw try fail("bias", expected: "\"none\"")
    }
    for (key, value) in try json.asObject()
    where !Self.harmless.contains(key) && !Self.read.contains(key) {
      let isOff: Bool =
        switch value {
        case .null, .bool(false), .array([]): true
        case .object(let members): members.isEmpty
        default: false
        }
      guard isOff else { throw try fail(key, expected: "nothing; this option is not supported") }
    }
    self.init(
      rank: try json.int("r", default: 8), alpha: try json.double("lora_alpha", default: 8),
      targets: try Self.names(json, "target_modules") ?? .suffixes([]))
    excluded = try Self.names(json, "exclude_modules")
    isRankStabilised = try json.bool("use_rslora", default: false)
    if let patterns = try json.find("rank_pattern") {
      rankPatterns = try patterns.keys().map { ($0, try patterns.int($0)) }
    }
    if let patterns = try json.find("alpha_pattern") {
      alphaPatterns = try patterns.keys().map { ($0, try patterns.double($0)) }
    }
  }

  private static func names(_ json: JSONNode, _ key: String) throws -> Names? {
    guard let node = try json.find(key) else { return nil }
    guard case .string(let text) = node.value else { return .suffixes(try json.strings(key)) }
    return text == "all-linear" ? .allLinear : .expression(text)
  }

  /// `adapter_config.json` as PEFT reads it.
  public var json: JSONValue {
    func value(_ names: Names?) -> JSONValue {
      switch names {
      case nil: .null
      case .allLinear: "all-linear"
      case .expression(let text): .string(text)
      case .suffixes(let names): .array(names.map { .string($0) })
      }
    }
    return [
      "alpha_pattern": JSONValue(members: alphaPatterns.map { ($0.name, .double($0.value)) }),
      "base_model_name_or_path": nil,
      "bias": "none",
      "exclude_modules": value(excluded),
      "fan_in_fan_out": false,
      "inference_mode": true,
      "init_lora_weights": true,
      "lora_alpha": .double(alpha),
      "lora_dropout": 0.0,
      "modules_to_save": nil,
      "peft_type": "LORA",
      "r": .int(rank),
      "rank_pattern": JSONValue(members: rankPatterns.map { ($0.name, .int($0.value)) }),
      "target_modules": value(targets),
      "task_type": nil,
      "use_dora": false,
      "use_rslora": .bool(isRankStabilised),
    ]
  }
}
