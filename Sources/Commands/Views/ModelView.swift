import Experiments
import Foundation
import JSON
import Reporting
import ScriptInterpreter

extension ModelHandle {
  /// Layers of the transformer, and attention heads of each.
  struct Shape: Hashable, Sendable {
    let layers: Int
    let heads: Int
  }

  /// From the configuration where there is a file, else from the model itself.
  func shape() throws -> Shape {
    switch content {
    case .videoDiffusion:
      if let source {
        // Without loading the weights, for plans.
        let file = "transformer/config.json"
        let json = JSONNode(
          try JSONValue(
            parsing: [UInt8](try source.read().bytes[file] ?? Data()),
            source: "\(source.name)/\(file)"),
          path: "\(source.name)/\(file):")
        return Shape(
          layers: try json.int("num_layers"), heads: try json.int("num_attention_heads"))
      }
      let configuration = try videoDiffusion().model.transformer.configuration
      return Shape(layers: configuration.layers, heads: configuration.heads)
    case .visionLanguage:
      let decoder = try visionLanguage().student.architecture.decoder
      return Shape(layers: decoder.layers, heads: decoder.heads)
    }
  }

  var fieldNames: [String] { ["name", "layers", "heads"] }

  func field(_ name: String) throws -> Value? {
    switch name {
    case "name": return .string(self.name)
    case "layers": return .int(try shape().layers)
    case "heads": return .int(try shape().heads)
    default: return nil
    }
  }
}

extension ModelHandle: ViewableHandle {
  static var parts: Set<String> { [] }

  func view(_ request: ViewRequest) throws -> View {
    var rows: [(String, String)] = []
    switch content {
    case .videoDiffusion:
      let model = try videoDiffusion().model
      let transformer = model.transformer.configuration
      let clip = model.clipSize
      rows = [
        ("kind", "video diffusion: transformer, causal VAE, T5"),
        ("clips", "\(clip.frames) frames of \(clip.width) x \(clip.height)"),
        ("transformer", "\(transformer.layers) layers, \(transformer.heads) heads"),
        ("width", "\(transformer.width)"),
        ("text encoder", "width \(model.textEncoder.configuration.width)"),
      ]
    case .visionLanguage:
      let model = try visionLanguage().student
      let reader = model.architecture
      let (text, vision) = (reader.decoder, reader.tower)
      let count = model.weights.reduce(0) { $0 + $1.tensor.shape.reduce(1, *) }
      rows = [
        ("kind", "vision-language: vision tower and decoder"),
        ("architecture", reader.name),
        ("clips", "\(reader.frameCount) frames of \(reader.frameSize) x \(reader.frameSize)"),
        ("decoder", "\(text.layers) layers, \(text.heads) heads, width \(text.width)"),
        ("vision tower", "\(vision.layers) layers, \(vision.heads) heads, width \(vision.width)"),
        ("parameters", "\(NumberText.fixed(Double(count) / 1e6, digits: 2)) million"),
      ]
    }
    let columns = [TextTable.Column("field", isNumber: false), .init("value", isNumber: false)]
    return View([
      .text(description), .table(TextTable(columns, rows: rows.map { .init([$0.0, $0.1]) })),
    ])
  }
}
