import JSON
import Layers
import Testing
import VisionLanguage

@Suite struct QwenConfigurationTests {
  /// The layout of the published 7B checkpoint: decoder keys at the top level.
  static let flat: JSONValue = [
    "model_type": "qwen2_5_vl", "hidden_size": 32, "num_attention_heads": 4,
    "num_key_value_heads": 2, "num_hidden_layers": 1, "intermediate_size": 40, "vocab_size": 60,
    "rope_theta": 5000.0, "rms_norm_eps": 1e-6, "tie_word_embeddings": true,
    "rope_scaling": ["type": "mrope", "mrope_section": [2, 1, 1]],
    "vision_config": [
      "depth": 2, "hidden_size": 16, "num_heads": 2, "intermediate_size": 20, "in_chans": 3,
      "patch_size": 4, "spatial_merge_size": 2, "window_size": 16, "out_hidden_size": 32,
      "fullatt_block_indexes": [1], "tokens_per_second": 2, "temporal_patch_size": 2,
    ],
  ]

  static func changed(_ key: String, _ value: JSONValue, in section: String? = nil) -> JSONNode {
    guard case .object(var members) = flat else { return JSONNode(flat) }
    if let section, case .object(var inner)? = members[section] {
      inner[key] = value
      members[section] = .object(inner)
    } else {
      members[key] = value
    }
    return JSONNode(.object(members))
  }

  @Test func flatLayout() throws {
    let configuration = try Qwen25VL.Configuration(JSONNode(Self.flat))
    #expect(configuration.text.ropeTheta == 5000)
    #expect(configuration.text.rotarySections == [2, 1, 1])
    #expect(configuration.text.tiedEmbeddings)
    #expect(configuration.vision.tokensPerSecond == 2)
    #expect(configuration.videoToken == 151_656)
  }

  @Test func activationsByTransformersNames() throws {
    for (name, function) in Activation.transformers {
      let json = Self.changed("hidden_act", .string(name))
      #expect(try Qwen25VL.Configuration(json).text.activation == function, "\(name)")
    }
  }

  @Test(
    arguments: [
      ("hidden_act", "snake", nil, "hidden_act: unknown activation 'snake'"),
      ("hidden_act", "snake", "vision_config", "vision_config.hidden_act"),
      ("rope_scaling", ["type": "snail"], nil, "'snail' is not supported"),
      ("rope_scaling", ["mrope_section": [1, 1, 1]], nil, "half of headDim, 4"),
      ("rope_parameters", ["rope_type": "axial2"], "vision_config", "'axial2' is not supported"),
      ("model_type", "qwen2_vl", nil, "expected 'qwen2_5_vl'"),
      ("layer_types", ["sliding_attention"], nil, "needs use_sliding_window"),
      ("layer_types", ["chunked_attention"], nil, "'chunked_attention' is not supported"),
      ("num_key_value_heads", 3, nil, "num_key_value_heads (3)"),
      ("out_hidden_size", 30, "vision_config", "does not match the decoder's hidden_size 32"),
      ("window_size", 7, "vision_config", "smaller than one merged patch"),
      ("depth", 0, "vision_config", "not a positive number"),
    ] as [(String, JSONValue, String?, String)])
  func rejects(_ key: String, _ value: JSONValue, _ section: String?, _ words: String) throws {
    let error = #expect(throws: ConfigurationError.self) {
      try Qwen25VL.Configuration(Self.changed(key, value, in: section))
    }
    #expect(try #require(error).description.contains(words), "\(String(describing: error))")
  }

  /// An absent section has the library's defaults, which do not go with this decoder.
  @Test func missingSection() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try Qwen25VL.Configuration(Self.changed("vision_config", nil))
    }
    #expect(error?.key == "vision_config.out_hidden_size")
  }

  @Test func basesOfRotation() throws {
    func theta(_ key: String, _ value: JSONValue) throws -> Double {
      try Qwen25VL.Configuration(Self.changed(key, value, in: "vision_config")).vision.ropeTheta
    }
    #expect(try theta("depth", 2) == 10_000)
    #expect(try theta("rope_theta", 50.0) == 50)
    #expect(try theta("rope_parameters", ["rope_theta": 70.0, "rope_type": "default"]) == 70)
    #expect(try theta("rope_scaling", ["type": "axial", "rope_theta": 80.0]) == 80)
  }

  /// The decoder's keys in a section of their own.
  private func nested(_ text: JSONValue, _ root: JSONValue) throws -> Qwen25VL.Configuration {
    var members = try Self.flat.asObject()
    let vision = members.removeValue(forKey: "vision_config") ?? [:]
    members["tie_word_embeddings"] = nil
    members.merge(try text.asObject()) { $1 }
    var outer = try root.asObject()
    outer["text_config"] = .object(members)
    outer["vision_config"] = vision
    return try Qwen25VL.Configuration(JSONNode(.object(outer)))
  }

  @Test func eitherPlaceTiesTheTables() throws {
    #expect(try !nested([:], [:]).text.tiedEmbeddings)
    #expect(try nested(["tie_word_embeddings": true], [:]).text.tiedEmbeddings)
    let both = try nested(["tie_word_embeddings": true], ["tie_word_embeddings": false])
    #expect(both.text.tiedEmbeddings)
    #expect(try nested([:], ["tie_word_embeddings": true]).text.tiedEmbeddings)
  }

  @Test func keyHeadsThatAreNotGiven() throws {
    #expect(try nested(["num_key_value_heads": nil], [:]).text.keyHeads == 4)
    func heads(_ number: Int) throws -> Int {
      var members = try Self.changed("out_hidden_size", 64, in: "vision_config").value.asObject()
      members.removeValue(forKey: "num_key_value_heads")
      members["num_attention_heads"] = .int(number)
      members["hidden_size"] = 64
      members["rope_scaling"] = ["type": "mrope", "mrope_section": [.int(32 / number)]]
      return try Qwen25VL.Configuration(JSONNode(.object(members))).text.keyHeads
    }
    #expect(try heads(16) == 8)
    let error = #expect(throws: ConfigurationError.self) { try heads(4) }
    #expect("\(error, default: "none")".contains("8, the default"))
  }

  @Test func nullIsNoValue() throws {
    for (key, section) in [
      ("hidden_act", nil), ("vocab_size", nil), ("window_size", "vision_config"),
      ("hidden_act", "vision_config"), ("image_token_id", nil),
    ] as [(String, String?)] {
      let error = #expect(throws: ConfigurationError.self) {
        try Qwen25VL.Configuration(Self.changed(key, nil, in: section))
      }
      #expect("\(error, default: "none")".contains("\(key): null"))
    }
  }

  @Test func paddingToken() throws {
    func token(_ id: JSONValue) throws -> Int? {
      try Qwen25VL.Configuration(Self.changed("pad_token_id", id)).text.paddingToken
    }
    #expect(try token(nil) == nil && token(7) == 7 && token(-1) == 59)
    #expect(throws: ConfigurationError.self) { try token(60) }
  }
}
