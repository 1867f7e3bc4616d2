import Checkpoints
import Diagnostics
import Files
import Foundation
import ModelTools
import ScriptChecker
import ScriptInterpreter
import Tensors

/// Commands that make, read, write and rank tensors.
enum TensorCommands {
  static let all = [tensor, maps, rank, readTensor, writeTensor]

  private static let tensor = HostCommand(
    CommandSignature(
      "tensor", "A tensor from nested lists of numbers, one level per axis.", topic: "tensors",
      positional: [
        .init("values", .either([.list, .number]), "numbers, or lists of equal length")
      ],
      named: [.init("axes", .list(.string), "one name per axis", default: [])],
      result: .tensor, example: "tensor([[1, 2], [3, 4]], axes: [\"layer\", \"head\"])")
  ) { context in
    let arguments = context.arguments
    let values = try NestedNumbers(
      arguments["values"], arguments, context.interpreter.meter)
    let shape = values.shape
    let axes = try names(arguments, rank: shape.count)
    return .handle(TensorHandle(Tensor(shape: shape, values: values.numbers), axes: axes))
  }

  /// The names of the axes; an empty one is none.
  private static func names(_ arguments: BoundArguments, rank: Int) throws -> [String?] {
    let names = try arguments.strings("axes")
    if names.isEmpty { return Array(repeating: nil, count: rank) }
    guard names.count == rank else {
      throw arguments.failure(
        "axes", "has \(names.count) names, expected \(rank)", code: .shapeMismatch)
    }
    let given = names.filter { !$0.isEmpty }
    guard Set(given).count == given.count else {
      throw arguments.failure("axes", "has a repeated name")
    }
    return names.map { $0.isEmpty ? nil : $0 }
  }

  private static let maps = HostCommand(
    CommandSignature(
      "maps", "Text-to-vision attention maps of every head for one clip.", topic: "tensors",
      positional: [.init("prior", .handle("prior"), "prior of one clip, such as `priors[0]`")],
      result: .tensor, example: "maps(priors[0])[heads: 0]")
  ) { context in
    let handle: PriorHandle = try context.arguments.handle("prior")
    let prior = try handle.prior()
    let grid = prior.grid
    let shape = [prior.heads, prior.tokens.count, grid.frames, grid.height, grid.width]
    return .handle(
      TensorHandle(
        prior.textToVision.reshaped(shape), axes: ["heads", "tokens", "frames", "height", "width"]))
  }

  private static let rank = HostCommand(
    CommandSignature(
      "rank", "Indices of a tensor's values, largest value first; ties in index order.",
      topic: "tensors", positional: [.init("tensor", .tensor)],
      named: [
        .init("limit", .int, "number of values", default: 10, in: .ints(1...100_000)),
        .init("ascending", .bool, "smallest value first", default: false),
        .init(
          "ties", .either([.tensor, .none]),
          "tensor of the same shape that breaks ties, smaller value first",
          default: .nothing),
      ], result: .list(.record), example: "rank(tensor([0.2, 0.7]), limit: 1)")
  ) { context in
    let arguments = context.arguments
    let handle: TensorHandle = try arguments.handle("tensor")
    let ties: TensorHandle? = try arguments.optional("ties") { try arguments.handle($0) }
    if let ties, ties.shape != handle.shape {
      throw arguments.failure(
        "ties", "has shape \(ties.shapeText), expected \(handle.shapeText)", code: .shapeMismatch)
    }
    let meter = context.interpreter.meter
    let limit = min(try arguments.int("limit"), handle.count)
    try meter.charge(handle.count / 8)
    try meter.charge(limit, times: handle.shape.count)
    try meter.require(handle.count, times: 16)
    try meter.take(CheckedSize.saturating(limit, handle.shape.count + 1), times: 64)
    let keys = handle.tensor.values
    let second = ties?.tensor.values
    if keys.contains(where: \.isNaN) || second?.contains(where: \.isNaN) == true {
      throw arguments.failure("tensor", "contains nan, which cannot be ordered")
    }
    let ascending = try arguments.bool("ascending")
    var comparisons = 0
    let order = try keys.indices.sorted { a, b in
      comparisons += 1
      if comparisons % 4096 == 0 { try meter.checkpoint() }
      if keys[a] != keys[b] { return (keys[a] < keys[b]) == ascending }
      if let second, second[a] != second[b] { return second[a] < second[b] }
      return a < b
    }
    let strides = handle.shape.rowMajorStrides
    return .list(
      of: order.prefix(limit).map { place in
        var record: [(String, Value)] = []
        for axis in handle.shape.indices {
          let name = handle.axes[axis] ?? "axis_\(axis)"
          record.append((name, .int(place / strides[axis] % handle.shape[axis])))
        }
        record.append(("value", .float(Double(keys[place]))))
        return .record(of: .init(record, uniquingKeysWith: { first, _ in first }))
      })
  }

  private static let readTensor = HostCommand(
    CommandSignature(
      "read_tensor", "Reads a tensor from a safetensors file.", topic: "tensors",
      positional: [.init("from", .string, "a safetensors file", path: .reads)],
      named: [
        .init("name", .string, "name of the tensor in the file"),
        .init("axes", .list(.string), "one name per axis", default: []),
      ], result: .tensor,
      example: "read_tensor(\"data/checkpoints/cogvideox-mini/vae/"
        + "diffusion_pytorch_model.safetensors\", name: \"encoder.conv_in.conv.bias\")")
  ) { context in
    let arguments = context.arguments
    let path = try context.workspace.path(try arguments.string("from"))
    guard FileManager.default.isReadableFile(atPath: path) else {
      throw CommandError("\(try arguments.string("from")) does not exist", exitCode: 5)
    }
    let file = try SafetensorsFile(path)
    let name = try arguments.string("name")
    guard file.names.contains(name) else {
      throw CommandError(
        "the file has no tensor \"\(name)\"", code: .unknownField,
        notes: ["it has \(counted(file.names.count, "tensor")), including:"]
          + file.names.prefix(6).map { "  \($0)" },
        suggestion: Spelling.suggestion(for: name, among: file.names))
    }
    let count = try file.entry(name).count
    guard count <= TensorHandle.largestCount else {
      throw CommandError(
        "the tensor has \(count) values; the limit is \(TensorHandle.largestCount)",
        code: .sizeLimit)
    }
    try context.interpreter.meter.require(count, times: 4)
    try context.interpreter.meter.charge(count / 64)
    context.workspace.uses(try arguments.string("from"))
    // Values of a script never change, whatever becomes of the file.
    let tensor = Tensor(shape: try file.entry(name).shape, values: try file.floats(name))
    try UnchangedInputs.require()
    return .handle(TensorHandle(tensor, axes: try names(arguments, rank: tensor.rank)))
  }

  private static let writeTensor = HostCommand(
    CommandSignature(
      "write_tensor", "Writes a tensor to a safetensors file and returns the file's hash.",
      topic: "tensors", positional: [.init("tensor", .tensor)],
      named: [
        .init("to", .string, "a file under out/", path: .writesOutput),
        .init("name", .string, "name of the tensor in the file", default: "tensor"),
      ], result: .string, example: "write_tensor(tensor([1, 2]), to: \"out/pair.safetensors\")")
  ) { context in
    let handle: TensorHandle = try context.arguments.handle("tensor")
    let text = try context.arguments.string("to")
    guard text.hasPrefix("out/") else {
      throw context.arguments.failure("to", "is not under out/", code: .pathOutside)
    }
    let path = try context.workspace.path(text)
    guard context.workspace.writesFiles else { return .string(handle.contentHash) }
    try Folders.make(PathText.folder(of: path))
    try SafetensorsWriter.write(
      [.init(try context.arguments.string("name"), handle.tensor)], to: path)
    return .string(handle.contentHash)
  }
}
