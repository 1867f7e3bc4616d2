import Capture
public import JSON

/// What `merepl forward MODEL_DIR --list-activations` prints.
public struct ActivationListing: Sendable {
  private let className: String
  private let points: [ActivationPoint]

  /// - Parameters:
  ///   - model: the model's directory, or that of a pipeline
  ///   - component: a directory of a pipeline
  public init(model: String, component: String?) throws {
    let folder = try ModelFolder(model, component: component)
    let type = try ForwardModels.type(for: folder)
    className = type.className
    points = try ForwardActivations.table(folder, type).points
  }

  /// One line for each activation: its address and its shape.
  public var lines: [String] {
    if points.isEmpty { return ["\(className) has no activations to read"] }
    let width = points.map(\.address.count).max() ?? 0
    return points.map {
      $0.address + String(repeating: " ", count: width - $0.address.count + 2)
        + $0.shapeDescription
    }
  }

  public var json: JSONValue {
    [
      "class": .string(className),
      "activations": .array(
        points.map { point in
          [
            "address": .string(point.address),
            "axes": .array(
              point.axes.map { axis in
                [
                  "name": .string(axis.label.rawValue),
                  "extent": axis.extent.map { .int($0) } ?? .null,
                ]
              }),
          ]
        }),
    ]
  }
}
