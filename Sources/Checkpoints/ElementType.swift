import Tensors

/// How a safetensors file stores the elements of one tensor.
public enum ElementType: String, CaseIterable, Hashable, Sendable {
  case bool = "BOOL"
  case uint8 = "U8"
  case int8 = "I8"
  case float8E5M2 = "F8_E5M2"
  case float8E4M3 = "F8_E4M3"
  case int16 = "I16"
  case uint16 = "U16"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int32 = "I32"
  case uint32 = "U32"
  case float32 = "F32"
  case float64 = "F64"
  case int64 = "I64"
  case uint64 = "U64"

  public var byteCount: Int {
    switch self {
    case .bool, .uint8, .int8, .float8E5M2, .float8E4M3: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// Whether weights may be stored so.
  var isWeight: Bool { Self.weights.contains(self) }

  static let weightNames = weights.map(\.rawValue).joined(separator: ", ")

  private static let weights: [ElementType] = [.float64, .float32, .float16, .bfloat16]

  /// The type in which a tensor may stay in memory as it is; nil where it is converted. Vectors
  /// (biases, norms) are small and read often: only F32 ones stay.
  func stored(rank: Int) -> StoredElement? {
    switch self {
    case .float32: .float32
    case .bfloat16 where rank > 1: .bfloat16
    case .float16 where rank > 1: .float16
    default: nil
    }
  }
}

/// One tensor of a file: what it is called, its shape in memory order, and where its bytes are.
public struct TensorEntry: Hashable, Sendable {
  public let name: String
  public let elementType: ElementType
  public let shape: [Int]
  /// Bytes from the beginning of the file.
  public let byteRange: Range<Int>

  /// Number of elements; the product was checked when the file was opened.
  public var count: Int { shape.reduce(1, *) }
}
