import Checkpoints
import Diagnostics
import Files
import Foundation
import JSON

/// A folder with one model, and the name of its class.
struct ModelFolder {
  let path: String
  /// `_class_name` (diffusers) or the first of `architectures` (transformers).
  let className: String
  /// What is left of `--component` after a pipeline's folder was chosen with it.
  let component: String?

  /// Finds the model in a folder, which may be a pipeline with one folder for each component.
  init(_ path: String, component: String?) throws {
    let (folder, rest) = try Self.located(path, component)
    guard Self.has(folder, "config.json") else {
      let inner = Self.folders(in: folder).filter { Self.has("\(folder)/\($0)", "config.json") }
      throw ForwardError.missing(
        "\(folder): no config.json",
        notes: ["a model directory contains config.json and .safetensors files"],
        suggestion: inner.isEmpty
          ? nil : "use one of its subdirectories: \(inner.joined(separator: ", "))"
      )
    }
    ReadFiles.note(filesIn: path)
    self.path = folder
    self.component = rest == (folder as NSString).lastPathComponent ? nil : rest
    className = try ForwardError.withStatus(5) {
      let configuration = try JSONNode(contentsOfFile: "\(folder)/config.json")
      if let name = try configuration.find("_class_name") { return try name.asString() }
      if let names = try configuration.find("architectures")?.asArray(), let name = names.first {
        return try name.asString()
      }
      throw ForwardError.missing(
        "\(folder)/config.json: no \"_class_name\" or \"architectures\" to name the model class")
    }
  }

  /// The folder itself, or the component of a pipeline.
  private static func located(
    _ path: String, _ component: String?
  ) throws -> (folder: String, rest: String?) {
    let folder = path.hasSuffix("/") && path.count > 1 ? String(path.dropLast()) : path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
      throw ForwardError.missing("model directory \(path) does not exist")
    }
    guard isFolder.boolValue else {
      throw ForwardError.missing(
        "\(path) is a file; expected a directory with config.json and weights")
    }
    guard has(folder, "model_index.json"), !has(folder, "config.json") else {
      return (folder, component)
    }
    let choice = try chosenComponent(of: folder, component)
    return ("\(folder)/\(choice.folder)", choice.rest)
  }

  /// The folder of a pipeline that `--component` asks for. `encoder` and `decoder` are the halves
  /// of its autoencoder.
  private static func chosenComponent(
    of folder: String, _ component: String?
  ) throws -> (folder: String, rest: String?) {
    let folders = folders(in: folder)
    let known = folders.filter { has("\(folder)/\($0)", "config.json") }
    guard let component else {
      throw CommandError(
        "\(folder) is a pipeline with several models",
        suggestion: "select one with --component: " + known.joined(separator: ", "),
        exitCode: 64)
    }
    if known.contains(component) { return (component, nil) }
    if ["encoder", "decoder"].contains(component), known.contains("vae") {
      return ("vae", component)
    }
    throw ForwardError.missing(
      "\(folder): the pipeline has no component \"\(component)\"",
      suggestion: "components: \(known.joined(separator: ", "))")
  }

  private static func has(_ folder: String, _ name: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(folder)/\(name)")
  }

  private static func folders(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { name in
      var isFolder: ObjCBool = false
      return !name.hasPrefix(".")
        && FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
        && isFolder.boolValue
    }.sorted()
  }
}
