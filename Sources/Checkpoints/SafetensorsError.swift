/// Why a safetensors file was refused.
public struct SafetensorsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The reasons; those of a malformed file are called as in the reference library.
  public enum Kind: String, Hashable, Sendable {
    case unreadable = "Unreadable"
    case unwritable = "Unwritable"
    case headerTooSmall = "HeaderTooSmall"
    case headerTooLarge = "HeaderTooLarge"
    case invalidHeaderLength = "InvalidHeaderLength"
    case invalidHeader = "InvalidHeader"
    case invalidHeaderDeserialization = "InvalidHeaderDeserialization"
    case invalidOffset = "InvalidOffset"
    case validationOverflow = "ValidationOverflow"
    case tensorInvalidInfo = "TensorInvalidInfo"
    case metadataIncompleteBuffer = "MetadataIncompleteBuffer"
    case tensorNotFound = "TensorNotFound"
    case unsupportedElementType = "UnsupportedElementType"
  }

  public let kind: Kind
  public let file: String
  public let detail: String

  public init(_ kind: Kind, file: String, _ detail: String) {
    self.kind = kind
    self.file = file
    self.detail = detail
  }

  public var description: String {
    switch kind {
    case .unreadable, .unwritable, .tensorNotFound, .unsupportedElementType: "\(file): \(detail)"
    case .headerTooSmall, .headerTooLarge, .invalidHeaderLength, .invalidHeader:
      "\(file) is not a valid safetensors file: \(detail) (\(kind.rawValue))"
    default: "\(file) is not a valid safetensors file: \(detail) (\(kind.rawValue))"
    }
  }
}
